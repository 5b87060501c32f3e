import { unfitSetting } from '@vjepa/training';
import { cellName, cellsOf, type Experiment } from './experiment.js';

/**
 * What is referred to by a name is there.
 *
 * @throws InputError naming what a cell, a start or a pretraining refers to and is not there
 */
export function checkExperiment({ comparisons, starts, pretrainings, videos, seeds }: Experiment): void {
  const known = (what: string, name: string, among: object) => {
    if (!Object.hasOwn(among, name)) throw unfitSetting(what, `one of ${Object.keys(among).join(', ')}`, name);
  };
  if (seeds.length === 0) throw unfitSetting('seeds', 'one seed or more', seeds);
  known('videos', 'main', videos);
  for (const [name, { data = [] }] of Object.entries(pretrainings)) {
    for (const part of data) known(`pretrainings.${name}.data`, part.videos, videos);
  }
  for (const [name, start] of Object.entries(starts)) {
    if (start.kind === 'pretrained') known(`starts.${name}.pretraining`, start.pretraining, pretrainings);
  }
  const names = new Set(cellsOf({ comparisons }).map(cellName));
  for (const { title, cells, claims = [] } of comparisons) {
    for (const { start, videos: set = 'main' } of cells) {
      known(`${title}: start`, start, starts);
      known(`${title}: videos`, set, videos);
    }
    for (const { claim, contrast } of claims) {
      const other = contrast.find(({ cell }) => !names.has(cellName(cell)));
      if (other !== undefined)
        throw unfitSetting(`${title}: ${claim}`, 'cells of the experiment', cellName(other.cell));
    }
  }
}
