type Shell = Readonly<Record<string, string | undefined>>;

/** AzCopy's word for a person's or application's sign-in, and ours. */
const azCopyWords: Readonly<Record<string, string>> = { AZCLI: 'azure-cli', PSCRED: 'azure-powershell' };

/** What tools and applications sign in with; nothing else of the shell reaches the app. */
const signInVariables = [
  'AZURE_CONFIG_DIR',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PATH',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_FEDERATED_TOKEN_FILE',
  'AZURE_AUTHORITY_HOST',
];
const applicationWords = /^(environment|service-principal|workload)(@|$)/;

/**
 * App settings for jobs between real accounts with somebody's own sign-in, while the state of jobs stays in the emulated
 * account of this machine. `identity` is a word of `TRANSHIP_IDENTITY`; absent: the shell's, else the Azure CLI.
 * Throws an `Error` for a sign-in that cannot be had here.
 */
export function ownSettings(
  accounts: readonly object[],
  identity: string | undefined,
  shell: Shell,
): Record<string, string> {
  const azCopy = shell['AZCOPY_AUTO_LOGIN_TYPE'];
  const word =
    identity ?? shell['TRANSHIP_IDENTITY'] ?? (azCopy === undefined ? 'azure-cli' : wordOf(azCopy));
  if (/^(system|client-id|object-id|resource-id)/.test(word)) {
    throw new Error(
      `${word} is an identity of an app in Azure; with --local use azure-cli, or another sign-in`,
    );
  }
  if (word.startsWith('device-code')) {
    throw new Error('with --local sign in by "az login --use-device-code", and use azure-cli');
  }
  const isApplication = applicationWords.test(word);
  const names = signInVariables.filter(
    (name) => isApplication || name === 'AZURE_CONFIG_DIR' || name === 'AZURE_TENANT_ID',
  );
  const passed = names.flatMap((name) => {
    const value = shell[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    // Of the emulated account that keeps the state.
    TRANSHIP_IDENTITY: 'system',
    TRANSHIP_SOURCE_IDENTITY: word,
    TRANSHIP_DESTINATION_IDENTITY: word,
    TRANSHIP_ACCOUNTS: JSON.stringify(accounts),
    TRANSHIP_PROPAGATION_MS: '600000',
  };
}

function wordOf(azCopyType: string): string {
  const word = azCopyWords[azCopyType.toUpperCase()];
  if (word === undefined) {
    throw new Error(
      `AZCOPY_AUTO_LOGIN_TYPE=${azCopyType} is not understood with --local; use AZCLI or PSCRED, or --identity`,
    );
  }
  return word;
}
