/** Why videos cannot be prepared as asked: something about a setting, not about a video. */
export class PrepareError extends Error {
  override readonly name = 'PrepareError';
  /** The option of `prepareVideos` that would have to be another. */
  readonly setting: 'folder' | 'ffmpeg';
  /** What is wrong with it, and where. */
  readonly problem: string;
  readonly remedy: string;

  constructor(setting: PrepareError['setting'], problem: string, remedy: string) {
    super(`${problem}: ${remedy}`);
    this.setting = setting;
    this.problem = problem;
    this.remedy = remedy;
  }
}
