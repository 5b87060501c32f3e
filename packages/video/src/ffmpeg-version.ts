/** Before it the option `-fps_mode` was called `-vsync`, which 9.0 no longer knows. */
const FIRST_WITH_FPS_MODE = 5.1;
/** From it on pictures are cut to the frame that mp4 (`clap`) and Matroska (`PixelCrop…`) ask for. */
const FIRST_THAT_CROPS = 7.1;

/**
 * Arguments of the newest `ffmpeg` command as an installed one takes them: frames with their own time stamps
 * (`-fps_mode`), and with `-noautorotate` pictures as the codec leaves them, neither turned nor cut by the container.
 * @param version as the program prints it, e.g. `5.1.6-0+deb12u1`; development builds (`N-…`, `git-…`) are new
 */
export function argumentsForVersion(args: readonly string[], version: string): string[] {
  const number = Number(/^n?(\d+\.\d+)/.exec(version)?.[1] ?? Number.POSITIVE_INFINITY);
  return args.flatMap((argument) => {
    if (argument === '-fps_mode' && number < FIRST_WITH_FPS_MODE) return ['-vsync'];
    if (argument === '-noautorotate' && number >= FIRST_THAT_CROPS) return [argument, '-apply_cropping', 'codec'];
    return [argument];
  });
}
