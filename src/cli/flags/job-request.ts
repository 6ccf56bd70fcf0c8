/** One direction of a filter, as the API takes it. */
export interface FilterDraft {
  pattern?: string[];
  path?: string[];
  regex?: string[];
  tier?: string[];
  blobType?: string[];
  metadata?: Record<string, string>;
  tags?: Record<string, string>;
  container?: string[];
}

/** Body of `POST /api/jobs`. Flags fill it in; what is absent is the API's default. */
export interface JobRequestDraft {
  source: string;
  destination: string;
  recursive?: boolean;
  asSubdir?: boolean;
  listOfFiles?: string[];
  overwrite?: 'ifDifferent' | 'always' | 'never' | 'ifNewer';
  mirror?: true | { maxDeletes?: number; maxDeletePercent?: number };
  dryRun?: boolean;
  approve?: boolean;
  include?: FilterDraft;
  exclude?: FilterDraft;
  minSizeBytes?: number;
  maxSizeBytes?: number;
  modifiedAfter?: string;
  modifiedBefore?: string;
  preserve?: {
    tags?: 'auto' | 'require' | 'off';
    tier?: 'auto' | 'require' | 'off';
    properties?: boolean;
    metadata?: boolean;
    info?: boolean;
    permissions?: boolean;
  };
  escapeNames?: boolean;
  emptyDirectories?: boolean;
  consistency?: string;
  set?: { properties?: Record<string, string>; metadata?: Record<string, string>; tier?: string };
  createContainers?: boolean;
  blockSizeBytes?: number;
  singleShotBytes?: number;
  maxInFlight?: number;
  allowOverlap?: boolean;
}
