/**
 * What lets git speak to one server, and to nothing else. The token goes to git by environment alone: arguments can be
 * read by every process of the machine, and URLs end up in logs and messages.
 */
export function transportWith(url: string, token: string): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  // Only for this host: git would send an unscoped header wherever it connects.
  const header = `http.${new URL(url).origin}/.extraHeader`;
  const settings: [string, string][] = [
    // Takes back what the repository's own settings add to it: GitHub refuses two of them.
    [header, ''],
    [header, `Authorization: Basic ${basic}`],
    ['http.followRedirects', 'false'],
    ['credential.helper', ''],
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '60'],
  ];
  const environment: Record<string, string> = {
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ALLOW_PROTOCOL: 'https:http',
  };
  settings.forEach(([key, value], at) => {
    environment[`GIT_CONFIG_KEY_${at}`] = key;
    environment[`GIT_CONFIG_VALUE_${at}`] = value;
  });
  return environment;
}
