import { duration } from '../pretrain/progress-line.js';
import type { ScalePlan } from './plan-scale.js';
import type { ScaledClips } from './scaled-clips.js';

/** The plan as lines for people. GB are decimal, GiB 2^30. */
export function describeScale(plan: ScalePlan): string[] {
  const { assumptions, clips, devices, hosts } = plan;
  const rows = [
    ['computed', 'from sizes, data sheets and assumed rates; nothing of this was measured'],
    [
      'devices',
      `${whole(devices)} ${plan.device} in ${hosts === 1 ? 'one host' : `${whole(hosts)} hosts`}, ` +
        `${plan.shardState ? 'each with a part of the state' : 'each with the whole state'}`,
    ],
    [
      'model',
      `${plan.settings.model}: ${whole(plan.encoderParameters)} parameters, predictor ${whole(plan.predictorParameters)}`,
    ],
    ...clips.flatMap((each) => ofClips(each, devices)),
    ...ofStep(plan),
    ['memory', memoryOf(plan)],
    ...exchangesOf(plan),
    ...ofFeeding(plan),
    ['checkpoint', checkpointOf(plan)],
    ['run', runOf(plan)],
    ...notesOf(plan).map((note) => ['note', note]),
  ];
  const given = `products ${percent(assumptions.products)}, attention ${percent(assumptions.attention)} and ${percent(assumptions.predictorAttention)} of the peak, memory ${percent(assumptions.memory)}, links ${percent(assumptions.links)}`;
  return [...rows, ['assumed', given]].map(([label, text]) => `${label!.padEnd(11)}${text}`);
}

function ofClips({ batchSize, frames, side, tokens, lengths, sizes }: ScaledClips, devices: number): string[][] {
  const what = frames === 1 ? 'images' : `clips of ${frames} frames`;
  const each = lengths.context.map(
    (context, i) =>
      `${rounded(context)} and ${rounded(lengths.target[i]!)} (as ${sizes.context[i]} and ${sizes.target[i]})`,
  );
  return [
    ['batch', `${whole(batchSize)} ${what} of ${side} x ${side}, ${whole(batchSize / devices)} a device`],
    ['masks', `of ${whole(tokens)} tokens context and target ${each.join('; ')}`],
  ];
}

function ofStep({ step, feeding }: ScalePlan): string[][] {
  const parts = [
    ['products', step.productSeconds],
    ['attention', step.attentionSeconds],
    ['memory', step.memorySeconds],
    ['exchanges not hidden', step.exposedSeconds],
  ] as const;
  return [
    ['step', `${seconds(step.seconds)}: ${parts.map(([name, time]) => `${name} ${seconds(time)}`).join(', ')}`],
    [
      'use',
      `${percent(step.modelUtilization)} of the peak for what the model needs (MFU, ${operations(step.modelFlops)} a step), ` +
        `${percent(step.computedUtilization)} for all that is computed`,
    ],
    ['speed', `${three(feeding.clipsPerSecond)} clips/s`],
  ];
}

function memoryOf({ memory, assumptions }: ScalePlan): string {
  const verdict = memory.fits ? 'fits' : 'DOES NOT FIT';
  return (
    `${gibibytes(memory.argumentBytes)} of arguments and ${gibibytes(memory.temporaryBytes)} of temporaries a device: ${verdict} ` +
    `into ${gibibytes(memory.usableBytes)} (${percent(assumptions.usableMemory)} of ${gibibytes(memory.deviceBytes)})`
  );
}

function exchangesOf({ exchanges, assumptions }: ScalePlan): string[][] {
  if (exchanges.all.length === 0) return [];
  const kinds = exchanges.all.map(({ kind, bytes }) => `${kind} ${three(bytes / 1e6)} MB`);
  const rate = assumptions.links * exchanges.linkBytesPerSecond;
  return [
    ['exchanges', `a step ${kinds.join(', ')}`],
    [
      'links',
      `${seconds(exchanges.seconds)} at ${three(rate / 1e9)} GB/s ${exchanges.slowestLink}, ${percent(exchanges.hiddenShare)} hidden`,
    ],
  ];
}

function ofFeeding({ feeding, hosts }: ScalePlan): string[][] {
  const { clipsPerSecondPerHost, coresPerHost, video } = feeding;
  const host = hosts === 1 ? '' : ' a host';
  const perHost = hosts === 1 ? '' : `, ${three(feeding.readBytesPerSecondPerHost / 1e6)} MB/s a host`;
  return [
    [
      'loaders',
      `${three(clipsPerSecondPerHost)} clips/s${host}: ${whole(Math.ceil(coresPerHost))} cores${host} decode them from H.264 of ${video}`,
    ],
    ['storage', `${three(feeding.readBytesPerSecond / 1e6)} MB/s read${perHost}`],
  ];
}

function checkpointOf({ checkpoint: { bytes, writeSeconds, everySteps }, step }: ScalePlan): string {
  const size = `${three(bytes / 1e9)} GB, written in ${seconds(writeSeconds)}`;
  if (everySteps === undefined) return size;
  const share = writeSeconds / (writeSeconds + everySteps * step.seconds);
  return `${size} every ${whole(everySteps)} steps, ${percent(share)} of the time`;
}

function runOf({ run, devices }: ScalePlan): string {
  if (run === undefined) return 'of how many steps is not said';
  const { steps, deviceHours, modelFlops } = run;
  const hours = `${duration(1000 * run.seconds)} hours`;
  return `${whole(steps)} steps: ${hours} on ${whole(devices)} devices, ${whole(Math.round(deviceHours))} device-hours; ${modelFlops.toExponential(2)} FLOP`;
}

function notesOf({ settings, clips, devices }: ScalePlan): string[] {
  const saves = settings.recompute !== 'none' && devices > 1;
  return [
    ...(saves ? ['of several devices what is computed again saves no memory, in the programs that were compiled'] : []),
    ...(clips.some(({ frames }) => frames === 1) ? ['cores and storage are for clips: images were not measured'] : []),
  ];
}

const whole = (n: number) => n.toLocaleString('en-US');
const rounded = (n: number) => whole(Math.round(n));
const three = (n: number) => (n >= 1000 ? whole(Math.round(n)) : String(Number(n.toPrecision(3))));
const percent = (share: number) => `${Number((100 * share).toFixed(share < 0.1 ? 1 : 0))} %`;
const operations = (flops: number) => (flops < 1e15 ? `${three(flops / 1e12)} TFLOP` : `${three(flops / 1e15)} PFLOP`);
const gibibytes = (bytes: number) => `${three(bytes / 2 ** 30)} GiB`;
const seconds = (s: number) => (s < 1 ? `${three(1000 * s)} ms` : `${three(s)} s`);
