import { hostTimes, slowestHost } from '@vjepa/training';
import { type Html, html } from './html.js';
import type { ReportedRun } from './reported-run.js';

/** Of a run that several processes share: what each spent its time on, so that a slow one is seen; else nothing. */
export function hostTable({ metrics, sessions }: Pick<ReportedRun, 'metrics' | 'sessions'>): Html | undefined {
  const recent = metrics.slice(-Math.max(20, Math.ceil(metrics.length / 20)));
  const times = hostTimes(recent);
  if (times.length === 0) return undefined;
  const slow = slowestHost(times);
  const machines = sessions.at(-1)?.hosts ?? [];
  const seconds = (ms: number) => `${(ms / 1000).toFixed(3)} s`;
  return html`<section id="hosts"><h2>Hosts</h2>
<p class="note">Means of the latest ${recent.length} steps. All hosts end a step together: what one waits for its clips the others wait in their steps, for its gradients.</p>
${slow && html`<div class="notice" role="alert">Host ${slow.host} waits ${seconds(slow.wait)} a step for its clips, more than twice as long as the others: it holds all of them up.</div>`}
<div class="card"><table><thead><tr><th class="number">host</th><th>machine</th><th class="number">waiting for data</th><th class="number">training step</th></tr></thead><tbody>
${times.map(({ host, wait, compute }) => {
  const machine = machines[host];
  const name = machine && `${machine.host}: ${machine.cpu}, ${machine.cores} cores`;
  return html`<tr><td class="number">${host}</td><td>${name}</td><td class="number">${seconds(wait)}</td><td class="number">${seconds(compute)}</td></tr>`;
})}
</tbody></table></div></section>`;
}
