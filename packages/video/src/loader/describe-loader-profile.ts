import type { LoaderProfile, ProfileLoaderOptions } from './profile-loader.js';

/** What a loader reached, in lines for people. */
export function describeLoaderProfile(
  profile: LoaderProfile,
  { workers, clips }: Pick<ProfileLoaderOptions, 'workers' | 'clips'>,
): string[] {
  const { millisecondsPerClip: stages, frames } = profile;
  const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
  const decoded =
    frames.decoded === undefined
      ? 'not counted'
      : `${frames.decoded} (${(frames.decoded / frames.used).toFixed(1)} for one)`;
  return [
    `decoder  ${profile.decoder}: ${profile.decoderReason}`,
    `speed    ${profile.clipsPerSecond.toFixed(2)} clips/s with ${workers} ${workers === 1 ? 'worker' : 'workers'} ` +
      `(${clips} clips in ${profile.seconds.toFixed(1)} s), ${ms(profile.cpuMillisecondsPerClip)} of processor a clip`,
    `a clip   index ${ms(stages.index)}, decode ${ms(stages.decode)}, crop and resize ${ms(stages.transform)}, ` +
      `other ${ms(stages.other)}`,
    `a batch  ${ms(profile.waitMillisecondsPerBatch)} of waiting for it`,
    `frames   ${decoded} decoded, ${frames.used} used`,
    ...profile.badVideos.map(({ reason, count }) => `replaced ${count === 1 ? 'once' : `${count} times`}: ${reason}`),
  ];
}
