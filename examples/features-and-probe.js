// What a frozen encoder knows of your classes: features of labelled videos, a probe on them, its accuracy.
//
//   node features-and-probe.js vitl16.pth.tar train.csv test.csv
import { readVideoIndex } from '@vjepa/benchmarks';
import { openEngine } from '@vjepa/engine';
import { extractFeatures, loadEncoder, trainProbe } from '@vjepa/evaluation';

const [, , checkpoint = 'vitl16.pth.tar', trainList = 'train.csv', testList = 'test.csv'] = process.argv;

const engine = await openEngine();
const { encoder, parameters } = await loadEncoder(checkpoint);
const train = await extractFeatures({ engine, encoder, parameters, videos: await readVideoIndex(trainList) });
const test = await extractFeatures({ engine, encoder, parameters, videos: await readVideoIndex(testList) });
const probe = await trainProbe({ engine, features: train, learningRates: [1e-3, 3e-4] });
console.log(`${(await probe.accuracy(test)).toFixed(1)} % of ${test.videos.length} videos (${engine.description})`);
