import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { readSurroundings } from '../../app/github/configuration.js';

/** What can be held of the image without a daemon to build it. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ');
const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM'));

test('what is copied is there, and is let through to the builder', () => {
  const ignored = read('.dockerignore').trim().split('\n');
  expect(ignored[0]).toBe('*');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) =>
    files!.split(' '),
  );
  expect(copied).toContain('app.yml');
  for (const file of copied) {
    expect(existsSync(join(ROOT, file))).toBe(true);
    expect(ignored).toContain(`!${file}`);
  }
});

test('it runs as somebody, and says whether it is well', () => {
  expect(last.match(/^USER .*$/gm)).toEqual(['USER node']);
  expect(last.indexOf('USER')).toBeGreaterThan(last.lastIndexOf('RUN'));
  expect(last).toMatch(/^HEALTHCHECK .*healthz/m);
  expect(last).not.toMatch(/g\+\+|\bnpm /);
});

test('composed, it may write to its data and to nothing else, and has no rights', () => {
  const { services, volumes } = parse(read('compose.yml')) as {
    services: { postern: Record<string, unknown> & { environment: Record<string, unknown> } };
    volumes: object;
  };
  expect(services.postern).toMatchObject({
    read_only: true,
    tmpfs: ['/tmp'],
    volumes: ['data:/data'],
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    ports: ['127.0.0.1:3000:3000'],
  });
  expect(Object.keys(volumes)).toEqual(['data']);
  // What nobody has set arrives as an empty text, and is no mistake.
  const passed = Object.fromEntries(
    Object.entries(services.postern.environment).map(([name, value]) => [
      name,
      String(value).replace(/\$\{\w+:-(.*)\}/, '$1'),
    ]),
  );
  expect(readSurroundings(passed as NodeJS.ProcessEnv)).toMatchObject({
    apiUrl: 'https://api.github.com',
    metrics: { port: 9464, host: '0.0.0.0' },
  });
});
