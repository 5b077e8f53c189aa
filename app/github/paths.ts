/** What the App answers, by path. */
export const WEBHOOK_PATH = '/api/github/webhooks';
export const HEALTH_PATH = '/healthz';
export const READY_PATH = '/readyz';
export const METRICS_PATH = '/metrics';
export const SETUP_PATH = '/setup';
/** What people see: below it `/owner/name`, and of a pull request `/owner/name/pull/12`. */
export const REPOSITORIES_PATH = '/repositories';
export const SIGN_IN_PATH = '/sign-in';
/** Where GitHub sends browsers back to; the App is registered with it. */
export const CALLBACK_PATH = '/sign-in/callback';
export const SIGN_OUT_PATH = '/sign-out';
/** What agents ask; below it `/owner/name`. */
export const MCP_PATH = '/mcp';
