/** A process that does one analysis and ends; see analysis-processes.ts. */
import { openCache } from '../../store/cache.js';
import { ENGINE } from './analysis-here.js';
import { judgeChange, modelCommit } from './analysis.js';
import type { Answer, Task } from './analysis-processes.js';

async function answer(task: Task): Promise<Answer> {
  const cache = openCache(task.cacheDir);
  try {
    if (task.kind === 'try') return { result: null };
    return {
      result:
        task.kind === 'model'
          ? await modelCommit(task.request, ENGINE, cache)
          : await judgeChange(task.request, ENGINE, cache),
    };
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
