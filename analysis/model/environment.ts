import type { Place } from './place.js';

/** What makes a setting more than its being there. */
export type RiskKind =
  /** Runs what it has fetched from elsewhere. */
  | 'fetch-and-execute'
  /** Runs what it has decoded, so that nobody reads it in a review. */
  | 'hidden-code'
  /** Gives somebody else a shell. */
  | 'reverse-shell'
  /** Sends keys or the environment away. */
  | 'sends-secrets'
  /** Sends what is said to a model, and the key for it, elsewhere. */
  | 'model-endpoint'
  /** The same, to a place of which nothing is known, or on the same machine. */
  | 'model-endpoint-unknown'
  /** Nobody is asked any more before something is done. */
  | 'approval-off'
  /** Fewer questions are asked. */
  | 'approval-less'
  /** Text that readers do not see. */
  | 'hidden-text'
  /** Runs code of a pull request with the rights of the base. */
  | 'untrusted-checkout'
  /** The same, behind a condition or with few rights. */
  | 'untrusted-checkout-limited'
  /** Downloads a package when it runs, of no fixed version. */
  | 'unpinned-package'
  /** Code gets loaded into every process that is started. */
  | 'injected'
  /** An agent takes its own configuration from the repository. */
  | 'agent-home'
  /** Packages or traffic come through somewhere else. */
  | 'redirected'
  /** Leads out of the repository. */
  | 'leaves-repository'
  /** Text for an agent tells it to fetch and execute. */
  | 'told-to-fetch';

export interface Risk {
  kind: RiskKind;
  /** What does it, shortened. */
  text: string;
  /** Where it stands, if that is not where the setting is: in a script that is run. */
  place: Place | null;
}

export type SettingKind =
  /** A command that a tool runs by itself. */
  | 'command'
  /** A script of a package that is run when it is installed or tested. */
  | 'script'
  /** A server of tools that an agent starts or connects to. */
  | 'server'
  /** Code that a tool loads: a plugin, where plugins come from. */
  | 'extension'
  | 'endpoint'
  | 'approval'
  | 'environment'
  | 'program'
  | 'text'
  | 'link'
  | 'workflow';

/** What a file of the tree makes a tool do that opens, starts in, or installs the repository. */
export interface EnvironmentSetting {
  kind: SettingKind;
  /** Whose setting it is: `Claude Code`, `VS Code`. */
  tool: string;
  /** Its path of keys in the file, without positions in lists: `hooks.SessionStart`. */
  key: string;
  /** What sets it off; null where it simply holds. */
  occasion: string | null;
  /** By which base and head are compared. The value itself may hold secrets, and is not kept. */
  digest: string;
  /** What can be shown of it, shortened. */
  shown: string;
  /** It does no more than such files ordinarily do. */
  routine: boolean;
  /** Sorted; empty where there are none. */
  risks: Risk[];
  place: Place;
}
