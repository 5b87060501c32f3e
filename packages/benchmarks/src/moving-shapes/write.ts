import type { LabelKind } from '../generated/generated-labels.js';
import {
  type GeneratedFiles,
  type GeneratedFolder,
  type GeneratedSet,
  type WriteOptions,
  writeGenerated,
} from '../generated/write-generated.js';
import { type FactorName, type FactorTable, factorTable, movingShapesClassNames } from './factors.js';
import { checkedSettings, type MovingShapesAppearance, movingShapesLabelsAt, movingShapesSample } from './generate.js';

/** How many videos are written, and how. */
export interface MovingShapesFiles extends MovingShapesAppearance, GeneratedFiles {}

/** A label that index files are written for: the three kinds, and each factor that varies. */
export type IndexKind = LabelKind | FactorName;

/** What was written, and where. */
export type MovingShapesFolder = GeneratedFolder<IndexKind>;

const GENERATOR_VERSION = 1;

/**
 * Writes the generated benchmark of moving shapes: `{split}/{index}.mp4`, one index file per split and label, class names,
 * and a `manifest.json` of the settings; see {@link writeGenerated}.
 *
 * @throws RangeError for settings out of range; Error when the folder holds a set made with other settings or cannot
 *   be made
 */
export async function writeMovingShapes(
  folder: string,
  settings: MovingShapesFiles,
  options: WriteOptions,
): Promise<MovingShapesFolder> {
  const table = factorTable(settings);
  const classNames = indexedClassNames(table);
  const set: GeneratedSet<IndexKind> = {
    generator: 'moving-shapes',
    version: GENERATOR_VERSION,
    settings: { ...checkedSettings(settings), ...table },
    classNames,
    frames: (split, index) => movingShapesSample(settings, split, index).frames,
    label: (split, index, kind) => {
      const { labels, factors } = movingShapesLabelsAt(settings, split, index);
      return kind in labels ? labels[kind as LabelKind] : classNames[kind]!.indexOf(factors[kind as FactorName]);
    },
  };
  return writeGenerated(folder, set, settings, options);
}

function indexedClassNames(table: FactorTable): Partial<Record<IndexKind, string[]>> {
  const names: Partial<Record<IndexKind, string[]>> = movingShapesClassNames({
    shapes: table.shape,
    textures: table.texture,
    directions: table.direction,
    speeds: table.speed,
    rotations: table.rotation,
    orders: table.order,
  });
  for (const factor of Object.keys(table) as FactorName[]) {
    if (table[factor].length > 1) names[factor] = [...table[factor]];
  }
  return names;
}
