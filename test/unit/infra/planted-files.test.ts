import { describe } from 'vitest';
import { readTemplates } from '../../support/infra/inspect.js';
import { itCatches, type Planted } from '../../support/infra/planted.js';

const sources = readTemplates();

const planted: readonly Planted[] = [
  [
    'no role at the files of a destination',
    'main',
    /module fileDestinationRoles[\s\S]*?\n\]\n/,
    '',
    /not granted: Storage File Data Privileged Contributor/,
  ],
  [
    'no role for user delegation keys of files',
    'main',
    /module fileDelegatorRoles[\s\S]*?\n\]\n/,
    '',
    /not granted: Storage File Delegator at stfiles/,
  ],
  [
    'a role for user delegation keys where only tokens are to be used',
    'main',
    '(place.?files ?? false) && !contains(byBearer, place.name)',
    'place.?files ?? false',
    /granted for no reason: Storage File Delegator at sttoken/,
  ],
  [
    'a choice of which the app is not told',
    'main',
    "contains(byBearer, place.name) ? { sourceAuth: 'bearer' } : {},",
    '',
    /would know the accounts/,
  ],
  [
    'a role at blobs that nobody asked for',
    'main',
    'for place in sources: if (place.?blobs ?? true) {',
    'for place in sources: {',
    /granted for no reason: Storage Blob Data Reader at stfiles/,
  ],
  [
    'the right to write where files are only read',
    'main',
    'roleId: filesReaderRoleId',
    'roleId: filesContributorRoleId',
    /granted for no reason: Storage File Data Privileged Contributor at stfiles/,
  ],
  [
    'the role of people who mount a share',
    'main',
    'b8eda974-7b85-4f76-af95-65846b26df6d',
    'aba4ae5f-2193-4029-9191-0cb91df5e314',
    /is not the role Storage File Data Privileged Reader/,
  ],
  [
    'a files writer that deletes',
    'modules/custom-roles',
    "'${files}/fileshares/files/modifypermissions/action'",
    "'${files}/fileshares/files/delete'",
    /Tranship Files Writer permits/,
  ],
  [
    'the rights of snapshots where nobody asked for them',
    'main',
    '(place.?snapshots ?? false)',
    '(place.?snapshots ?? true)',
    /granted for no reason: Tranship Share Snapshots at stmixed/,
  ],
  [
    'snapshots that nobody may delete',
    'modules/snapshot-role',
    ", '${shares}/delete'",
    '',
    /Tranship Share Snapshots permits/,
  ],
  [
    'files of which the app is not told',
    'main',
    'contains(withFiles, place.name)',
    'contains([], place.name)',
    /would know the accounts/,
  ],
  [
    'files at the address of blobs',
    'main',
    '${place.name}.file.',
    '${place.name}.blob.',
    /the app refuses its settings/,
  ],
  [
    'a private endpoint to files under the name of blobs',
    'main',
    'zoneId: network!.outputs.fileZoneId',
    'zoneId: network!.outputs.blobZoneId',
    /leads to the zone/,
  ],
];

describe('planted mistakes about Azure Files', () => {
  itCatches(sources, planted);
});
