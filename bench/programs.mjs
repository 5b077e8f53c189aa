import { existsSync } from 'node:fs';
import path from 'node:path';

/** Public programs whose history is played, each up to one commit. */
export const PROGRAMS = [
  { repository: 'spliit-app/spliit', commit: 'edcf11ea1485ef42797728d0dcc97735ea51b547', limit: 200 },
  { repository: 'oss-apps/split-pro', commit: 'fd089df2af9b2f4c7110923932f3f7816909cd38', limit: 200 },
  { repository: 'stonith404/pingvin-share', commit: '4f9a502e40360a062ced981010566744e05a1c33', limit: 200 },
  {
    repository: 'filipebraida/adonisjs-starter-kit',
    commit: '5a85cd6dec2a8f1bc423ee318063c0ecd1556d60',
    limit: 200,
  },
  { repository: 'SCE-Development/Clark', commit: 'ad313bfb34c8251cc50599c09380edade8b7f12a', limit: 200 },
  { repository: 'rajnandan1/kener', commit: '880080cea1ef162e4945c9f306fba98ca3e99898', limit: 100 },
  { repository: 'as19git67/fk-encore', commit: 'd747d5942bd864d5ae355f815f767737d63b9de6', limit: 100 },
  { repository: 'thedevs-network/kutt', commit: 'fc832d7e7243d5472714e17abfe84b908901e1a7', limit: 100 },
  { repository: 'epicweb-dev/epic-stack', commit: 'f64d690722d8260a055bb63b042de877ab3f6a18', limit: 100 },
  { repository: 'Giveth/feathers-giveth', commit: '1305e757dc5315cf7a4a3c19a3b63a17fdf523aa', limit: 100 },
  { repository: 'plankanban/planka', commit: 'a8dcd7cef3ee8d19ad05b8c734ac43f3103489e8', limit: 100 },
  { repository: 'papra-hq/papra', commit: '2b110a4ce175cddfd18f3f4c44c16068037542c8', limit: 100 },
  { repository: 'linkwarden/linkwarden', commit: '7550ebb8907e0cd22e8b3e0785bf3da03ab96e3a', limit: 100 },
  { repository: 'fosrl/pangolin', commit: '6fb569e2cde2a41f7c3913d4a712d18e93eb235c', limit: 84 },
  { repository: 'Drop-OSS/drop', commit: 'a520d52ad3cc563be9fd8d0cfdb377d01c086f6d', limit: 100 },
  {
    repository: 'NginxProxyManager/nginx-proxy-manager',
    commit: 'a62c2a6dc3ab51e6fedc34d3ea3506bc9373953f',
    limit: 60,
  },
  { repository: 'kanbn/kan', commit: '0e1f25fc2c524ee3fd1d490a3227aad0d3bfde4c', limit: 60 },
  { repository: 'louislam/uptime-kuma', commit: '6398a9581d1c3c427a7536559f47ccf45dac08b4', limit: 100 },
  { repository: 'ghostfolio/ghostfolio', commit: 'c542997d27990365b607c7a6c9fe4bc8835a55c8', limit: 52 },
  { repository: 'useplunk/plunk', commit: '07cea202620d9e56a5e9237aaca1d608813fa04f', limit: 78 },
  { repository: 'wg-easy/wg-easy', commit: 'bc05e0eac15d894b642a1c0ab44d4c89de64e7da', limit: 100 },
  { repository: 'sinamics/ztnet', commit: '3ba175a682d03edd72516d830667ee08fe3cf262', limit: 100 },
  { repository: 'logchimp/logchimp', commit: '70dc37de968daecdc33265cc2d2d3de814dd6b73', limit: 100 },
  { repository: 'lukevella/rallly', commit: 'c629b3148024e40a115a731d3660d725c9329b0e', limit: 100 },
  { repository: 'usesend/useSend', commit: '68b5a072fc8c34b3bbb9fb5b955dd780fabcd9e8', limit: 100 },
];

/** Where the clone of a program is: as OWNER/NAME, or bare as OWNER+NAME/repo; undefined where there is none. */
export const cloneIn = (clones, repository) =>
  [repository, `${repository.replace('/', '+')}/repo`]
    .map((name) => path.join(clones, name))
    .find(existsSync);
