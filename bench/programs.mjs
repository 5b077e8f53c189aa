/** Public programs whose history is played, each up to one commit. */
export const PROGRAMS = [
  { repository: 'SCE-Development/Clark', commit: 'ad313bfb34c8251cc50599c09380edade8b7f12a', limit: 200 },
  { repository: 'Drop-OSS/drop', commit: 'a520d52ad3cc563be9fd8d0cfdb377d01c086f6d', limit: 100 },
  { repository: 'plankanban/planka', commit: 'a8dcd7cef3ee8d19ad05b8c734ac43f3103489e8', limit: 100 },
  { repository: 'papra-hq/papra', commit: '2b110a4ce175cddfd18f3f4c44c16068037542c8', limit: 100 },
  { repository: 'louislam/uptime-kuma', commit: '6398a9581d1c3c427a7536559f47ccf45dac08b4', limit: 100 },
  {
    repository: 'NginxProxyManager/nginx-proxy-manager',
    commit: 'a62c2a6dc3ab51e6fedc34d3ea3506bc9373953f',
    limit: 60,
  },
  { repository: 'ghostfolio/ghostfolio', commit: 'c542997d27990365b607c7a6c9fe4bc8835a55c8', limit: 52 },
  { repository: 'thedevs-network/kutt', commit: 'fc832d7e7243d5472714e17abfe84b908901e1a7', limit: 60 },
  { repository: 'kanbn/kan', commit: '0e1f25fc2c524ee3fd1d490a3227aad0d3bfde4c', limit: 60 },
];
