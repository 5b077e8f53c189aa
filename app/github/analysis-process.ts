/** A process that does one analysis and ends; see analysis-processes.ts. */
import type { Cache } from '../../analysis/source.js';
import { openCache } from '../../store/cache.js';
import { ENGINE } from './analysis-here.js';
import { inspectCommit, judgeChange, modelCommit } from './analysis.js';
import type { Answer, Result, Task } from './analysis-processes.js';

function work(task: Task, cache: Cache): Promise<Result> | null {
  switch (task.kind) {
    case 'model':
      return modelCommit(task.request, ENGINE, cache);
    case 'judge':
      return judgeChange(task.request, ENGINE, cache);
    case 'inspect':
      return inspectCommit(task.request, ENGINE, cache);
    case 'try':
      return null;
  }
}

async function answer(task: Task): Promise<Answer> {
  const cache = openCache(task.cacheDir);
  try {
    return { result: await work(task, cache) };
  } catch (error) {
    return { error: (error as Error).message };
  } finally {
    cache.close();
  }
}

process.once('message', (task: Task) => {
  void answer(task).then((found) => process.send!(found, () => process.disconnect()));
});
// Nobody waits for the answer of an App that is gone.
process.once('disconnect', () => process.exit());
