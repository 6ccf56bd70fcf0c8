export const catchUpModes = ['none', 'last', 'all'] as const;
export const overlapModes = ['skip', 'queue', 'cancelPrevious'] as const;

/** When a policy starts jobs. */
export interface Schedule {
  /** Five fields (minute first), or six (second first, NCRONTAB). */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Which of the times that passed while nobody looked are made up for. */
  readonly catchUp: (typeof catchUpModes)[number];
  /** What happens at a time whose predecessor's job has not ended. */
  readonly overlap: (typeof overlapModes)[number];
  /** Each start is put off by up to so long, always by the same for the same policy and time. */
  readonly jitterSeconds: number;
}
