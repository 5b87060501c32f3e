import { inputArguments } from '../containers.js';
import type {
  FfmpegProgram,
  ProbeRun,
  ProgramReceivers,
  ProgramRun,
  SkippablePackets,
} from '../decoders/ffmpeg-program.js';
import { TextCollector } from '../decoders/text-collector.js';
import { openSource } from '../sources/open-source.js';
import { plainName } from '../sources/source-location.js';
import type { CompiledFfmpeg } from './core-module.js';
import { FfmpegInstance } from './ffmpeg-instance.js';
import { dispensableSlices, withHiddenSlices } from './hidden-slices.js';
import { sinkFile } from './virtual-files.js';

const OUTPUT = 'output';

/** ffmpeg.wasm as the ffmpeg program: no system dependency, every codec but AV1. */
export class WasmProgram implements FfmpegProgram {
  readonly name = 'wasm';
  readonly demuxer = 'wasm';
  readonly skipsPackets = true;
  readonly codecAdvice =
    'install the native decoder (npm install node-av@6.1.1), or an ffmpeg that has it and use decoder "cli"';
  readonly #ffmpeg: FfmpegInstance;

  constructor(module: CompiledFfmpeg) {
    this.#ffmpeg = new FfmpegInstance(module);
  }

  async run(
    path: string,
    makeArguments: (input: readonly string[], output: string) => string[],
    receive: ProgramReceivers,
    timeoutMs: number,
    skip?: SkippablePackets,
  ): Promise<ProgramRun> {
    const input = plainName(path);
    const whole = openSource(path);
    const hidden = skip && dispensableSlices(whole, skip.layout, skip.wanted, skip.seekTime);
    const file = hidden ? withHiddenSlices(whole, hidden) : whole;
    const files = { [input]: file, [OUTPUT]: sinkFile((chunk) => receive.output(chunk)) };
    return {
      ...(await this.#ffmpeg.run(makeArguments(inputArguments(input), OUTPUT), files, timeoutMs, receive.log)),
      input,
    };
  }

  async probe(
    path: string,
    makeArguments: (input: readonly string[]) => string[],
    timeoutMs: number,
  ): Promise<ProbeRun> {
    const input = plainName(path);
    const output = new TextCollector();
    const files = { [input]: openSource(path), [OUTPUT]: sinkFile((chunk) => output.add(chunk)) };
    const args = [...makeArguments(inputArguments(input)), '-o', OUTPUT];
    const { log, timedOut } = await this.#ffmpeg.probe(args, files, timeoutMs);
    return { output: output.toString(), log, timedOut, input };
  }

  async close(): Promise<void> {}
}
