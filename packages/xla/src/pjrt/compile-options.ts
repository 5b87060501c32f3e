import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { MESSAGE, VARINT } from '@vjepa/native';
import { XlaError } from '../xla-error.js';

/** How a program is compiled. */
export interface CompileOptions {
  /** Copies of the program, each with its own share of the batch. Default: 1. */
  replicas?: number | undefined;
  /** Devices that share one copy, by the shardings the program bears. Default: 1. */
  partitions?: number | undefined;
  /** Ids of devices, `[replicas][partitions]`. Default: the plug-in's own choice. */
  devices?: readonly (readonly number[])[] | undefined;
  /** The program bears shardings in Shardy's dialect (`sdy`) instead of attributes `mhlo.sharding`. Default: false. */
  shardy?: boolean | undefined;
  /** Settings of XLA by their names, without the dashes of `XLA_FLAGS`: `{ xla_gpu_autotune_level: 0 }`. */
  flags?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** `CompileOptionsProto` of xla/pjrt/proto/compile_options.proto: its fields used here. */
const EXECUTABLE_BUILD_OPTIONS = 3;
const ENV_OPTION_OVERRIDES = 7;
/** `ExecutableBuildOptionsProto`. */
const DEVICE_ORDINAL = 1;
const NUM_REPLICAS = 4;
const NUM_PARTITIONS = 5;
const USE_SPMD_PARTITIONING = 6;
const DEVICE_ASSIGNMENT = 9;
const USE_SHARDY_PARTITIONER = 19;
/** `DeviceAssignmentProto` of xla_data.proto, and its `ComputationDevice`. */
const REPLICA_COUNT = 1;
const COMPUTATION_COUNT = 2;
const COMPUTATION_DEVICES = 3;
const REPLICA_DEVICE_IDS = 1;
/** `OptionOverrideProto`. */
const STRING_FIELD = 1;
const BOOL_FIELD = 2;
const INT_FIELD = 3;
const DOUBLE_FIELD = 4;

const FIXED64 = 1;

/** @throws XlaError `invalid-argument` naming what is not a whole number of at least 1 */
export function requireCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new XlaError('invalid-argument', `${name}: expected a whole number of at least 1, found ${value}`);
}

/** A serialized `CompileOptionsProto`. @throws XlaError `invalid-argument` naming what of them does not fit */
export function compileOptionsProto(options: CompileOptions = {}): Uint8Array {
  const { replicas = 1, partitions = 1, devices, shardy = false, flags = {} } = options;
  requireCount('replicas', replicas);
  requireCount('partitions', partitions);
  if (devices !== undefined && (devices.length !== replicas || devices.some(({ length }) => length !== partitions))) {
    throw new XlaError(
      'invalid-argument',
      `devices: ${JSON.stringify(devices)} are not ${replicas} replicas of ${partitions} partitions`,
    );
  }
  const writer = new BinaryWriter();
  writer.tag(EXECUTABLE_BUILD_OPTIONS, MESSAGE).fork();
  writer.tag(DEVICE_ORDINAL, VARINT).int64(-1); // none in particular
  writer.tag(NUM_REPLICAS, VARINT).int64(replicas);
  writer.tag(NUM_PARTITIONS, VARINT).int64(partitions);
  if (partitions > 1) writer.tag(USE_SPMD_PARTITIONING, VARINT).bool(true);
  if (devices !== undefined) writeAssignment(writer, devices, partitions);
  if (shardy) writer.tag(USE_SHARDY_PARTITIONER, VARINT).bool(true);
  writer.join();
  for (const [name, value] of Object.entries(flags)) writeFlag(writer, name, value);
  return writer.finish();
}

function writeAssignment(writer: BinaryWriter, devices: readonly (readonly number[])[], partitions: number): void {
  writer.tag(DEVICE_ASSIGNMENT, MESSAGE).fork();
  writer.tag(REPLICA_COUNT, VARINT).int32(devices.length);
  writer.tag(COMPUTATION_COUNT, VARINT).int32(partitions);
  for (let partition = 0; partition < partitions; partition++) {
    writer.tag(COMPUTATION_DEVICES, MESSAGE).fork();
    writer.tag(REPLICA_DEVICE_IDS, MESSAGE).fork();
    for (const replica of devices) writer.int64(replica[partition]!);
    writer.join().join();
  }
  writer.join();
}

/** An entry of the map from a flag's name to its value. */
function writeFlag(writer: BinaryWriter, name: string, value: string | number | boolean): void {
  writer.tag(ENV_OPTION_OVERRIDES, MESSAGE).fork();
  writer.tag(1, MESSAGE).string(name);
  writer.tag(2, MESSAGE).fork();
  if (typeof value === 'string') writer.tag(STRING_FIELD, MESSAGE).string(value);
  else if (typeof value === 'boolean') writer.tag(BOOL_FIELD, VARINT).bool(value);
  else if (Number.isInteger(value)) writer.tag(INT_FIELD, VARINT).int64(value);
  else writer.tag(DOUBLE_FIELD, FIXED64).double(value);
  writer.join().join();
}
