import { duration } from '@vjepa/training';
import { runVjepa } from './run-vjepa.fixture.js';

/** A block of commands, each below a comment with its name, and what stands behind it up to the end of its tables. */
const BLOCK = /```sh\n((?:# [^\n]+\nvjepa plan [^\n]+\n)+)```\n\n<!-- computed -->\n[\s\S]*?<!-- \/computed -->/g;

/** The page with every table as its commands compute it now. */
export async function scalePage(text: string): Promise<string> {
  let page = '';
  let end = 0;
  for (const match of text.matchAll(BLOCK)) {
    const commands = match[1]!.trim().split(/\n(?=# )/);
    const plans: [string, Plan][] = [];
    for (const command of commands) {
      const [name, line] = command.split('\n') as [string, string];
      const { code, stdout, stderr } = await runVjepa(...line.split(' ').slice(1), '--json');
      if (code !== 0) throw new Error(`${line}: ${stderr}`);
      plans.push([name.slice(2), JSON.parse(stdout)]);
    }
    const tables = [table(STEP, plans), table(FEEDING, plans)].join('\n\n');
    const block = `\`\`\`sh\n${match[1]}\`\`\`\n\n<!-- computed -->\n${tables}\n<!-- /computed -->`;
    page += text.slice(end, match.index) + block;
    end = match.index + match[0].length;
  }
  return page + text.slice(end);
}

/** What `vjepa plan --json` prints, as far as tables have it. */
interface Plan {
  step: { seconds: number; model_utilization: number };
  memory: { argument_bytes: number; temporary_bytes: number; fits: boolean };
  exchanges: { bytes: number; seconds: number; hidden_share: number };
  feeding: {
    clips_per_second: number;
    cores_per_host: number;
    read_bytes_per_second_per_host: number;
  };
  checkpoint: { bytes: number; write_seconds: number };
  run?: { seconds: number; device_hours: number; model_flops: number };
}

type Columns = readonly (readonly [string, (plan: Plan) => string])[];

const STEP: Columns = [
  ['step', ({ step }) => seconds(step.seconds)],
  ['MFU', ({ step }) => percent(step.model_utilization)],
  ['arguments, GiB', ({ memory }) => three(memory.argument_bytes / 2 ** 30)],
  ['temporaries, GiB', ({ memory }) => three(memory.temporary_bytes / 2 ** 30)],
  ['fits', ({ memory }) => (memory.fits ? 'yes' : '**no**')],
  ['exchanges, MB', ({ exchanges }) => three(exchanges.bytes / 1e6)],
  ['on links', ({ exchanges }) => seconds(exchanges.seconds)],
  ['hidden', ({ exchanges }) => percent(exchanges.hidden_share)],
];

const FEEDING: Columns = [
  ['clips/s', ({ feeding }) => three(feeding.clips_per_second)],
  ['cores a host', ({ feeding }) => three(Math.ceil(feeding.cores_per_host))],
  ['read a host, MB/s', ({ feeding }) => three(feeding.read_bytes_per_second_per_host / 1e6)],
  ['checkpoint, GB', ({ checkpoint }) => three(checkpoint.bytes / 1e9)],
  ['written in', ({ checkpoint }) => seconds(checkpoint.write_seconds)],
  ['run, h:min:s', ({ run }) => (run ? duration(1000 * run.seconds) : '-')],
  ['device-hours', ({ run }) => (run ? three(run.device_hours) : '-')],
  ['FLOP', ({ run }) => (run ? run.model_flops.toExponential(1).replace('+', '') : '-')],
];

function table(columns: Columns, plans: readonly (readonly [string, Plan])[]): string {
  const rows = [
    ['', ...columns.map(([name]) => name)],
    ['', ...columns].map(() => '---'),
    ...plans.map(([name, plan]) => [name, ...columns.map(([, cell]) => cell(plan))]),
  ];
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const three = (n: number) => (n >= 1000 ? Math.round(n).toLocaleString('en-US') : String(Number(n.toPrecision(3))));
const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
const seconds = (s: number) => (s < 1 ? `${three(1000 * s)} ms` : `${three(s)} s`);
