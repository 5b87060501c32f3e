// The paper's frozen evaluation of a checkpoint, in a folder of its own. Stopped and started again it goes on where it
// was and ends in the same numbers.
//
//   node evaluate-checkpoint.js vitl16.pth.tar train.csv val.csv 400 evaluations/k400
import { existsSync } from 'node:fs';
import { openEngine } from '@vjepa/engine';
import { evaluate, loadEncoder, planEvaluation } from '@vjepa/evaluation';

const [, , checkpoint = 'vitl16.pth.tar', train = 'train.csv', validation = 'val.csv', ...rest] = process.argv;
const [classes = '400', folder = 'evaluation'] = rest;

const { encoder, parameters } = await loadEncoder(checkpoint);
const plan = planEvaluation({
  encoder,
  checkpoint,
  data: { train, validation, classes: Number(classes) },
  training: { epochs: 2, batchSize: 4 },
  sweep: { learningRates: [1e-3, 3e-4] },
});
const existing = existsSync(folder) ? 'resume' : 'refuse';
const { trainings } = await evaluate({ plan, parameters, folder, existing, engine: () => openEngine() });

for (const { probes, chosen } of trainings) {
  for (const [i, { learningRate, validation }] of probes.entries()) {
    const accuracy = validation ? `${validation.top1.toFixed(1)} %` : 'diverged';
    console.log(`learning rate ${learningRate}: ${accuracy}${i === chosen ? ', the best' : ''}`);
  }
}
