import { unfitSetting } from '@vjepa/training';
import { type ClipEncoder, isVjepa2 } from '@vjepa/vit';
import { type ClipRecipe, type ClipSettings, pictureRecipes, videoRecipes } from '../evaluate/clip-recipe.js';
import type { InputKind } from '../features/input-files.js';
import type { Classifier, ClassifierOptions } from './classifier.js';

/** How videos are seen, as far as it is not the probe's task that says so. */
export type LooksSettings = Pick<
  ClipSettings,
  'frames' | 'frameStep' | 'duration' | 'clipRate' | 'segments' | 'views' | 'attendAcrossSegments'
>;

/** How files become pixels for a probe, and the encoder as it sees them. */
export interface ProbeLooks {
  encoder: ClipEncoder;
  recipe: ClipRecipe;
}

/**
 * How a probe looks at files: as asked for, else as its task's published evaluation does, else at one view of one clip.
 *
 * @throws InputError when clips are asked for that the encoder has no positions for
 */
export function probeLooks(
  { encoder, task }: Classifier,
  kind: InputKind,
  clips: LooksSettings,
  as: ClassifierOptions['as'],
): ProbeLooks {
  if (kind === 'image') {
    // V-JEPA 2 sees a picture as often repeated as the probe has seen pictures, or frames.
    const numFrames =
      (isVjepa2(encoder) ? (task?.imageRepeats ?? task?.clip?.framesPerClip) : undefined) ?? encoder.numFrames;
    return { encoder: { ...encoder, numFrames }, recipe: pictureRecipes(encoder, {}).validation };
  }
  const { frames, frameStep, duration, clipRate } = clips;
  if (!isVjepa2(encoder) && frames !== undefined && frames !== encoder.numFrames) {
    throw unfitSetting('clips.frames', `${encoder.numFrames}, for which the encoder was loaded`, frames);
  }
  const isSpaced = duration !== undefined || clipRate !== undefined;
  const published = as === 'hugging-face' ? undefined : task?.clip;
  const { validation } = videoRecipes(encoder, {
    ...clips,
    frames: frames ?? (isVjepa2(encoder) ? published?.framesPerClip : undefined),
    frameStep: frameStep ?? (isSpaced ? undefined : task?.clip?.frameStep),
    segments: clips.segments ?? published?.segments,
    views: clips.views ?? published?.views,
  });
  return { encoder, recipe: as === 'hugging-face' ? antialiased(validation) : validation };
}

/** The same with pixels as Hugging Face's processor makes them. */
export function antialiased(recipe: ClipRecipe): ClipRecipe {
  const { transform } = recipe;
  return transform.kind === 'evaluation' ? { ...recipe, transform: { ...transform, antialias: true } } : recipe;
}

/** In one line, what a probe is taken for and how it looks at files. */
export function describeLooks(
  { task, probe, layers }: Classifier,
  { recipe }: Pick<ProbeLooks, 'recipe'>,
  kind: InputKind,
): string {
  const { segments, views, frames, clip } = recipe;
  const spacing =
    clip.clipRate !== undefined
      ? `${clip.clipRate} a second`
      : clip.duration !== undefined
        ? `over ${clip.duration} s`
        : `${clip.frameStep} apart`;
  const seen =
    kind === 'image'
      ? 'pictures'
      : `${counted(segments, 'clip')} of ${frames} frames, ${spacing}, ${counted(views, 'view')} of each`;
  const classes = `${probe.numClasses} classes${task === undefined ? '' : `, as ${task.title} has`}`;
  const blocks = layers === undefined ? '' : `, blocks ${layers.join(', ')}`;
  return `probe      ${classes}; ${seen}${blocks}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
