import { DIRECTIONS, type Direction } from '../generated/directions.js';
import {
  type GeneratedLabels,
  generatedClassNames,
  generatedLabels,
  type LabelKind,
} from '../generated/generated-labels.js';

/** Every value a factor of the generated benchmark can take. */
export const FACTOR_VALUES = {
  shape: ['triangle', 'square', 'star', 'cross', 'heart', 'crescent'],
  texture: ['solid', 'stripes', 'checks', 'dots', 'rings'],
  direction: DIRECTIONS,
  speed: ['slow', 'fast'],
  rotation: ['none', 'clockwise', 'counterclockwise'],
  order: ['none', 'flash-then-grow', 'grow-then-flash'],
} as const;

/** What differs from one generated video to the next. */
export type FactorName = keyof typeof FACTOR_VALUES;
/** The outline of a shape. */
export type Shape = (typeof FACTOR_VALUES.shape)[number];
/** What a shape is filled with. */
export type Texture = (typeof FACTOR_VALUES.texture)[number];
/** How fast a shape moves. */
export type Speed = (typeof FACTOR_VALUES.speed)[number];
/** How a shape turns. */
export type Rotation = (typeof FACTOR_VALUES.rotation)[number];
/** The events of a video, in their order. */
export type EventOrder = (typeof FACTOR_VALUES.order)[number];

/** The values of each factor that a generated set uses. A factor with one value is fixed. */
export interface FactorSettings {
  /** Default triangle, square, star, cross. */
  shapes?: readonly Shape[] | undefined;
  /** Default stripes, dots. */
  textures?: readonly Texture[] | undefined;
  /** Default right, left, up, down. */
  directions?: readonly Direction[] | undefined;
  /** Default fast. */
  speeds?: readonly Speed[] | undefined;
  /** Default clockwise, counterclockwise. */
  rotations?: readonly Rotation[] | undefined;
  /** Default none. 'none' cannot stand beside the two others: a visible event would tell them apart in one frame. */
  orders?: readonly EventOrder[] | undefined;
}

/** One value per factor: what a sample is made of. */
export interface Factors {
  shape: Shape;
  texture: Texture;
  direction: Direction;
  speed: Speed;
  rotation: Rotation;
  order: EventOrder;
}

const DEFAULTS = {
  shape: ['triangle', 'square', 'star', 'cross'],
  texture: ['stripes', 'dots'],
  direction: ['right', 'left', 'up', 'down'],
  speed: ['fast'],
  rotation: ['clockwise', 'counterclockwise'],
  order: ['none'],
} as const;

const APPEARANCE_FACTORS = ['shape', 'texture'] as const satisfies readonly FactorName[];
const MOTION_FACTORS = ['direction', 'speed', 'rotation', 'order'] as const satisfies readonly FactorName[];

/** The factors' values with defaults filled in. */
export type FactorTable = { readonly [Name in FactorName]: readonly Factors[Name][] };

/**
 * Fills in defaults and checks the values.
 *
 * @throws RangeError for an unknown, missing or repeated value, and for 'none' beside an order of events
 */
export function factorTable(settings: FactorSettings = {}): FactorTable {
  const table: FactorTable = {
    shape: settings.shapes ?? DEFAULTS.shape,
    texture: settings.textures ?? DEFAULTS.texture,
    direction: settings.directions ?? DEFAULTS.direction,
    speed: settings.speeds ?? DEFAULTS.speed,
    rotation: settings.rotations ?? DEFAULTS.rotation,
    order: settings.orders ?? DEFAULTS.order,
  };
  for (const name of Object.keys(table) as FactorName[]) checkValues(name, table[name]);
  if (table.order.includes('none') && table.order.length > 1) {
    throw new RangeError(
      `orders [${table.order.join(', ')}] mixes 'none' with an order of events, which one frame would give away; ` +
        "use ['none'] or ['flash-then-grow', 'grow-then-flash']",
    );
  }
  return table;
}

function checkValues(name: FactorName, values: readonly string[]): void {
  const known: readonly string[] = FACTOR_VALUES[name];
  if (values.length === 0) throw new RangeError(`${name}s is empty; give at least one of ${known.join(', ')}`);
  for (const value of values) {
    if (!known.includes(value)) throw new RangeError(`${name} '${value}' is unknown; expected ${known.join(', ')}`);
  }
  if (new Set(values).size !== values.length) throw new RangeError(`${name}s [${values.join(', ')}] repeats a value`);
}

/** Class names of each label kind, in label order, such as 'star dots' and 'left fast clockwise'. */
export function movingShapesClassNames(settings: FactorSettings = {}): Record<LabelKind, string[]> {
  const table = factorTable(settings);
  const appearance = productNames(table, APPEARANCE_FACTORS);
  const motion = productNames(table, MOTION_FACTORS);
  return generatedClassNames(appearance, motion);
}

/** Names of all combinations, the last factor varying fastest; fixed factors are left out unless all are fixed. */
function productNames(table: FactorTable, names: readonly FactorName[]): string[] {
  const varied = names.filter((name) => table[name].length > 1);
  const shown = varied.length > 0 ? varied : names;
  return shown.reduce<string[]>(
    (partial, name) => partial.flatMap((start) => table[name].map((value) => (start ? `${start} ${value}` : value))),
    [''],
  );
}

/** The labels of sample `index`: appearance is shape × texture, motion direction × speed × rotation × order. */
export function movingShapesLabels(table: FactorTable, seed: number, stream: number, index: number): GeneratedLabels {
  const appearances = countCombinations(table, APPEARANCE_FACTORS);
  const motions = countCombinations(table, MOTION_FACTORS);
  return generatedLabels({ appearances, motions }, seed, stream, index);
}

/** The factors that the labels stand for. */
export function labelledFactors(table: FactorTable, labels: GeneratedLabels): Factors {
  return {
    ...valuesAt(table, APPEARANCE_FACTORS, labels.appearance),
    ...valuesAt(table, MOTION_FACTORS, labels.motion),
  } as Factors;
}

function valuesAt(table: FactorTable, names: readonly FactorName[], label: number): Partial<Factors> {
  const values: Record<string, string> = {};
  let rest = label;
  for (const name of [...names].reverse()) {
    values[name] = table[name][rest % table[name].length]!;
    rest = Math.floor(rest / table[name].length);
  }
  return values as Partial<Factors>;
}

function countCombinations(table: FactorTable, names: readonly FactorName[]): number {
  return names.reduce((product, name) => product * table[name].length, 1);
}
