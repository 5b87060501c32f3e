import { ProtobufMessage } from '@vjepa/native';
import { type ElementType, typeOfPrimitive } from './element-type.js';

/** What a program takes in one of its arguments' places, on each device. */
export interface ParameterType {
  /** As the program names it in its location; empty where it does not. */
  name: string;
  /** Undefined where this package has no name for it. */
  type: ElementType | undefined;
  shape: readonly number[];
}

/** `HloModuleProtoWithConfig`. */
const MODULE = 1;
/** `HloModuleProto`. */
const COMPUTATIONS = 3;
const ENTRY_ID = 6;
/** `HloComputationProto`. */
const INSTRUCTIONS = 2;
const COMPUTATION_ID = 5;
/** `HloInstructionProto`. */
const OPCODE = 2;
const SHAPE = 3;
const METADATA = 7;
const PARAMETER_NUMBER = 9;
/** `OpMetadata`. */
const OP_NAME = 2;
/** `ShapeProto`. */
const ELEMENT_TYPE = 2;
const DIMENSIONS = 3;

/**
 * The parameters of a program that XLA has compiled, in their order.
 *
 * @param program as `optimizedProgram` gives it
 * @returns undefined where it is in no format known here
 */
export function programParameters({ format, code }: { format: string; code: Uint8Array }): ParameterType[] | undefined {
  if (format !== 'hlo' && format !== 'hlo_with_config') return undefined;
  const message = new ProtobufMessage(code);
  const module = format === 'hlo' ? message : message.messages(MODULE)[0];
  const entry = module?.messages(COMPUTATIONS).find((each) => each.number(COMPUTATION_ID) === module.number(ENTRY_ID));
  return entry
    ?.messages(INSTRUCTIONS)
    .filter((instruction) => instruction.text(OPCODE) === 'parameter')
    .sort((a, b) => a.number(PARAMETER_NUMBER) - b.number(PARAMETER_NUMBER))
    .map((instruction) => {
      const [shape] = instruction.messages(SHAPE);
      return {
        name: instruction.messages(METADATA)[0]?.text(OP_NAME) ?? '',
        type: typeOfPrimitive(shape?.number(ELEMENT_TYPE) ?? 0),
        shape: shape?.numbers(DIMENSIONS) ?? [],
      };
    });
}
