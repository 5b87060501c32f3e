import { Command } from 'commander';
import { addConfigOptions } from './config-options.js';
import { addEngineOptions } from './engine-options.js';
import { addModelOptions, addResultOptions } from './model-options.js';
import { addProbeOptions } from './probe-options.js';

const HELP = `
With --run or --checkpoint the encoder and its clips come from there and go before the config's; --set goes before both.
Published encoders of V-JEPA 2 take any clips, and see those that the config names. Without a config a published --probe is shown the
clips of its task, as vjepa classify does.
Without --config, configs/own/evaluation.yaml is taken.

Examples:
  vjepa evaluate --run runs/mine --train train.csv --val val.csv
  vjepa evaluate --config configs/evaluation/vitl16_ssv2_16x2x3.yaml --set data.dataset_train=train.csv ...
  vjepa evaluate --config configs/evaluation/vjepa2-ssv2.yaml --set data.dataset_train=ssv2 --set data.dataset_val=ssv2 ...
  ... --cache features                       encode every sample once; probes then train in minutes
  ... --set 'sweep.lr=[1e-3,3e-4]'           several probes at once on the same features
  ... --set low_shot=0.05                    5 % of the labels, three draws
  ... --set probe.pooling=average            average pooling in place of the attentive probe
  ... --set pretrain.checkpoint=null         random weights: the features that a pretraining has to beat
  vjepa evaluate --config configs/evaluation/vjepa2-ek100.yaml ...       what happens next, on EPIC-Kitchens-100
  ... --probe ssv2-probe.pth.tar --predictions answers.jsonl    no training: a trained probe's answers`;

/** `vjepa evaluate`: how good are frozen features? */
export function evaluateCommand(): Command {
  const command = addModelOptions(addConfigOptions(new Command('evaluate'), { required: false }))
    .description('frozen evaluation on videos or images: train probes on frozen features, or use a trained one')
    .option('--cache <folder>', 'keep frozen features here and reuse them')
    .option('--probe <file>', "a trained probe, or a folder of Hugging Face's: nothing is trained");
  addProbeOptions(command);
  addResultOptions(command, 'sample', 'training', 'an evaluation').addHelpText('after', HELP);
  return addEngineOptions(command, { large: true }).action(async (options) => {
    const { evaluateFromCommandLine } = await import('./evaluate-from-command-line.js');
    await evaluateFromCommandLine(options);
  });
}
