import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { inOneLine } from './failure.js';
import { packageVersion } from './package-version.js';
import type { CheckOptions } from './check.js';
import type { DiffOptions } from './diff.js';
import type { Format } from './output.js';
import type { InitOptions } from './init.js';
import type { McpOptions } from './mcp.js';
import type { PageOptions } from './report.js';
import type { ReplayOptions } from './replay.js';
import type { ScanOptions } from './scan.js';
import type { WatchOptions } from './watch.js';
import type { WaiveOptions } from './waive.js';
import { visible } from '../report/escape.js';
import type { Report } from '../report/report.js';

const EXIT_FAILED = 2;

const STATUSES = `
Exit status:
  0  nothing blocking
  1  blocking findings, or gaps where the policy blocks them (check only)
  2  could not analyse; the reason is on stderr
  3  analysed, nothing blocking found, but gaps hide part of the answer`;

const INTRODUCTION = `
Postern reads a repository's entry points (routes, sockets, procedures, jobs, …) and the
protections in front of them, and says where one lacks what its peers have. It reads git
objects only: nothing is checked out, executed or sent anywhere.

Examples:
  postern scan                             all entry points of the work tree, and what diverges
  postern report                           the same as one HTML page, to look at and to search
  postern check                            what my changes, committed or not, would bring
  postern check --staged                   what the next commit would bring
  postern check --base main --head topic   what merging topic into main would bring
  postern diff v1.0 v2.0                   which entry points came and went, and what protects them now
  postern watch                            the same, again whenever a file changes
  postern mcp                              answers agents, before and after they write
  postern replay --limit 20                the last 20 merges, judged one by one
  postern waive 1a2b3c4d --why '…'         write down that a finding is intended
${STATUSES}`;

/** Builds the command line; the parts that do the work are loaded by the command that needs them. */
function commandLine(): Command {
  const program = new Command('postern')
    .description('Find entry points that lack the protections their peers have.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', INTRODUCTION)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(`postern: ${inOneLine(text.replace(/^error: /, ''))} (see postern --help)\n`),
    });

  common(program.command('scan'), [...REPORTS, ...EXPORTS])
    .summary('report a whole tree')
    .description('Report every entry point of one tree, its protections, and what diverges among them.')
    .option('--rev <revision>', 'commit to look at (default: the work tree, or HEAD of a bare repository)')
    .action((options: ScanOptions & Output) =>
      reporting(options, async () => (await import('./scan.js')).scan(options)),
    );

  repositoryOptions(program.command('report'))
    .summary('write a page to look at')
    .description(
      'Write what a scan finds as one HTML page that needs no network: entry points and their protections by entity, what ' +
        'diverges, what is not known, each with the code that establishes it.',
    )
    .option('--rev <revision>', 'commit to look at (default: the work tree, or HEAD of a bare repository)')
    .option('--output <file>', 'where to write it', 'postern-report.html')
    .option(
      '--link-base <url>',
      'address under which the files stand, as https://git.example.org/o/n/blob/main (default: as origin has them on github.com or gitlab.com)',
      webAddress,
    )
    .option(
      '--history <seconds>',
      'how long to ask history which pull request brought each protection; 0: not at all',
      seconds,
      10,
    )
    .option(
      '--replay <file>',
      'what `postern replay` printed: with it, the timeline shows what was taken away too',
    )
    .addHelpText('after', STATUSES)
    .action((options: PageOptions) =>
      serving(options, async () => (await import('./report.js')).reportPage(options)),
    );

  common(program.command('check'), REPORTS)
    .summary('judge a change, as a pull request would be')
    .description(
      'Judge a change against its base. With --head, what is judged is the result of the merge; where that has ' +
        'conflicts, head against the merge base. A head that is behind base is compared as it is, as a way back.',
    )
    .option(
      '--base <revision>',
      'what the change would be merged into (default: the default branch; with --staged, the current commit)',
    )
    .option('--head <revision>', 'the change (default: the work tree, uncommitted changes included)')
    .option('--staged', 'judge what is staged, as a commit made now would bring it')
    .addOption(author())
    .action((options: CheckOptions & Output) =>
      reporting(options, async () => (await import('./check.js')).check(options)),
    );

  common(program.command('diff'), ['text', 'json', 'markdown'])
    .summary('say how the attack surface changed')
    .description(
      'Compare the entry points of two trees: which came and went, which protections were gained and lost, and what is done ' +
        'that was not. Nothing is judged, and nothing blocks. An entry point that moved to another file is the same.',
    )
    .argument('<from>', 'revision to begin with')
    .argument('[to]', 'revision to end with (default: the work tree, or HEAD of a bare repository)')
    .action(comparing);

  common(program.command('replay'), ['json'])
    .summary('judge a history, one merge after the other')
    .description(
      'Judge each first-parent commit as a pull request, oldest first. Prints one JSON object a line.',
    )
    .option('--from <revision>', 'begin after this commit (default: the first)')
    .option('--to <revision>', 'end with this commit (default: HEAD)')
    .option('--limit <number>', 'judge only the newest of them', positive)
    .addOption(author())
    .action(replaying);

  repositoryOptions(program.command('watch'))
    .summary('judge the work tree again whenever it changes')
    .description('Keep the model warm while files change, and print which findings come and go.')
    .option('--base <revision>', 'what the work would be merged into (default: the default branch)')
    .action((options: WatchOptions) =>
      serving(options, async () => (await import('./watch.js')).watch(options)),
    );

  repositoryOptions(program.command('init'))
    .summary('write a policy that fits')
    .description(
      'Write .github/postern.yml for the work tree: requirements that hold without exception today, each with its reason. ' +
        'A file that is there is left alone.',
    )
    .option('--print', 'print it, and write nothing')
    .action((options: InitOptions) =>
      serving(options, async () => (await import('./init.js')).init(options)),
    );

  repositoryOptions(program.command('mcp'))
    .summary('answer agents, before and after they write')
    .description(
      'Answer questions about the work tree over the Model Context Protocol, on standard input and output. ' +
        'With --http over streamable HTTP; where POSTERN_MCP_TOKEN is set in the environment, it has to be presented.',
    )
    .option('--server <url>', 'ask the store of an App, with the token of GitHub in POSTERN_TOKEN')
    .option(
      '--repository <owner/name>',
      'which of its repositories (default: that of the remote origin)',
      fullName,
    )
    .option('--http', 'listen for HTTP instead')
    .option('--port <number>', 'port to listen on', port, 7337)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option(
      '--allow-host <name>',
      'a further name by which it may be addressed; may be repeated',
      gathered,
      [],
    )
    .action((options: McpOptions) => serving(options, async () => (await import('./mcp.js')).mcp(options)));
  repositoryOptions(program.command('waive'))
    .summary('write down that a finding is intended')
    .description(
      'Write a waiver into .github/postern.yml, with who gives it and what the entry point does today. ' +
        'It counts once it is in the base branch, and lapses when the entry point does more.',
    )
    .argument('<finding>', 'fingerprint of the finding, or its beginning')
    .requiredOption('--why <reason>', 'why it is intended')
    .option('--until <date>', 'last day on which it counts, as 2027-01-31', day)
    .option('--who <name>', 'who decides it (default: who git says is working here)')
    .option('--base <revision>', 'look for the finding in what the work tree changes of this, too')
    .action(waiving);
  return program;
}

interface Output {
  format: Format;
  debug?: boolean;
}

const REPORTS: Format[] = ['text', 'json', 'sarif', 'markdown', 'github'];
/** Of what there is; they have no place for what changed. */
const EXPORTS: Format[] = ['openapi', 'csv', 'jsonl'];
/** These have no place for a failure: nothing is better than a list of nothing. */
const SILENT: Format[] = ['text', 'csv', 'openapi'];

function common(command: Command, formats: readonly Format[]): Command {
  return repositoryOptions(command)
    .addOption(
      new Option('--format <format>', 'how to print the result').choices(formats).default(formats[0]),
    )
    .addHelpText('after', STATUSES);
}

function repositoryOptions(command: Command): Command {
  return command
    .option('--repo <folder>', 'work tree or bare git directory', '.')
    .option('--policy <file>', 'defaults that the repository’s .github/postern.yml is laid over')
    .option('--cache <folder>', 'where to keep what was computed (default: the user’s cache directory)')
    .option('--no-cache', 'compute everything')
    .option('--debug', 'print where in the program an error comes from')
    .exitOverride();
}

const author = (): Option =>
  new Option('--author <who>', 'who wrote the change, for a policy that blocks agents').choices([
    'agent',
    'person',
  ]);

function day(value: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(value) || Number.isNaN(Date.parse(value)))
    throw new InvalidArgumentError('It must be a date, as 2027-01-31.');
  return value;
}

function positive(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(value);
}

function seconds(value: string): number {
  if (!/^\d{1,4}$/.test(value)) throw new InvalidArgumentError('It must be a number of seconds: 0 to 9999.');
  return Number(value);
}

function port(value: string): number {
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
    throw new InvalidArgumentError('It must be a port: 0 to 65535.');
  return Number(value);
}
function webAddress(value: string): string {
  const address = URL.canParse(value) ? new URL(value) : null;
  if (address === null || !/^https?:$/.test(address.protocol) || address.search || address.hash)
    throw new InvalidArgumentError('It must be an address of the web, without ? and #.');
  return address.href;
}
function fullName(value: string): string {
  if (!/^[\w-]+\/(?!\.{1,2}$)[\w.-]+$/.test(value))
    throw new InvalidArgumentError('It must be the owner and the name of a repository, as acme/shop.');
  return value;
}
const gathered = (value: string, all: string[]): string[] => [...all, value];

async function serving(options: { debug?: boolean }, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    fail(error, options.debug);
  }
}

async function reporting(options: Output, work: () => Promise<Report>): Promise<void> {
  const { print, render } = await import('./output.js');
  const { exitStatus, failedReport } = await import('../report/report.js');
  try {
    const report = await work();
    process.exitCode = exitStatus(report);
    if (options.format === 'csv' && report.summary.gaps > 0)
      process.stderr.write(
        `postern: warning: the table has no place for what was not understood (gaps: ${report.summary.gaps}); --format jsonl has\n`,
      );
    await print(await render(report, options.format));
  } catch (error) {
    fail(error, options.debug);
    // Who reads the output as data shall not take silence for "nothing found".
    if (!SILENT.includes(options.format))
      await print(await render(failedReport(inOneLine(error)), options.format));
  }
}

async function comparing(from: string, to: string | undefined, options: DiffOptions): Promise<void> {
  const { print } = await import('./output.js');
  const { diff, renderDiff } = await import('./diff.js');
  const { failedSurfaceReport, surfaceExitStatus } = await import('../report/surface.js');
  try {
    const report = await diff(from, to, options);
    process.exitCode = surfaceExitStatus(report);
    await print(renderDiff(report, options.format));
  } catch (error) {
    fail(error, options.debug);
    if (options.format !== 'text')
      await print(renderDiff(failedSurfaceReport(inOneLine(error)), options.format));
  }
}

function replaying(options: ReplayOptions): Promise<void> {
  return serving(options, async () => {
    const { print } = await import('./output.js');
    const { replay } = await import('./replay.js');
    await replay(options, async (report) => {
      if (report.status === 'failed') fail(new Error(`${report.sha}: ${report.gaps[0]?.reason}`), false);
      await print(`${JSON.stringify(report)}\n`);
    });
  });
}

function waiving(finding: string, options: WaiveOptions): Promise<void> {
  return serving(options, async () => {
    const { print } = await import('./output.js');
    const { waive } = await import('./waive.js');
    await print(`${visible(await waive(finding, options))}\n`);
  });
}

/** Says why nothing was answered. */
export function fail(error: unknown, debug: boolean | undefined): void {
  process.exitCode = EXIT_FAILED;
  process.stderr.write(`postern: ${visible(inOneLine(error))}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}

/** Does what the arguments ask for. What is to be said goes to the process's outputs, how it ended to its exit code. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    await commandLine().parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has printed its message, or the help that was asked for.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_FAILED;
    else fail(error, args.includes('--debug'));
  }
}
