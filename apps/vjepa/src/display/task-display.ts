import type { BeginTask, TaskProgress } from '@vjepa/training';
import { createTaskProgress } from './task-progress.js';

/** What a command that does one task after the other shows: its lines, and below them the present task's bar. */
export interface TaskDisplay {
  begin: BeginTask;
  print(line: string): void;
}

export function taskDisplay(stream: NodeJS.WriteStream = process.stderr): TaskDisplay {
  let current: TaskProgress | undefined;
  return {
    begin(task) {
      const progress = createTaskProgress({ ...task, stream });
      current = progress;
      return {
        ...progress,
        close() {
          progress.close();
          current = undefined;
        },
      };
    },
    print(line) {
      if (current) current.print(line);
      else stream.write(`${line}\n`);
    },
  };
}
