export { type DriverProbe, probeDriver } from './cuda/driver.js';
export { isVerbose, setEnvironment } from './environment.js';
export { addressOf, loadKoffi, openForGood } from './koffi.js';
export { MESSAGE, ProtobufMessage, VARINT } from './protobuf-message.js';
export { statusName } from './status-name.js';
export { withoutChatter } from './without-chatter.js';
