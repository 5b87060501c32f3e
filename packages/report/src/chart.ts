/** A curve of a chart; `values` belong to the chart's steps, null where there is none. */
export interface Curve {
  name: string;
  values: (number | null)[];
  /** How it is drawn; `faint` for raw values under a smoothed curve, `dots` for few values far apart. */
  style?: 'line' | 'faint' | 'dotted' | 'dots';
}

/** One chart of the report, as plain data: what the page's script draws. */
export interface Chart {
  /** Of the element it is drawn into. */
  id: string;
  title: string;
  caption: string;
  steps: number[];
  curves: Curve[];
  scale: 'linear' | 'log';
  /** Curves are added up, as areas. */
  stacked?: boolean;
  /** Whether the vertical axis begins at 0. */
  zero?: boolean;
  /** Values worth a line across the chart. */
  limits?: { value: number; label: string }[];
}

/** Charts under one heading. */
export interface ChartSection {
  title: string;
  charts: Chart[];
}
