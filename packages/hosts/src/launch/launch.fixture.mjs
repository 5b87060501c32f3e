// launch, over the build, of member.fixture.mjs: options as JSON, then what members are to do.
import { fileURLToPath } from 'node:url';
import { launch } from '../../dist/index.js';

const member = fileURLToPath(new URL('../share/member.fixture.mjs', import.meta.url));
const [options, ...deed] = process.argv.slice(2);
const { program = [process.execPath, member], ...rest } = JSON.parse(options);
process.exitCode = await launch({ ...rest, command: [...program, ...deed] });
