import { describe, expect, it } from 'vitest';
import { checkTemplate, expandTemplate } from '../../../src/plan/backup-template.js';

describe('the folder of a backup', () => {
  it('is named after the policy and the time, in UTC', () => {
    const dueAt = '2026-10-25T00:30:07.000Z';
    expect(expandTemplate('{policy}/{yyyy}-{MM}-{dd}T{HH}{mm}', 'nightly', dueAt)).toBe(
      'nightly/2026-10-25T0030/',
    );
    expect(expandTemplate('{ss} {mm}', 'nightly', dueAt)).toBe('07 30/');
  });

  it.each([
    ['{policy}/{yyyy}-{MM}-{dd}T{HH}{mm}', undefined],
    ['backups of {policy}/{yyyy}/{MM}{dd}{HH}{mm}{ss}', undefined],
    ['{policy}/{yyyy}-{MM}-{dd}T{HH}', 'without {mm} two backups may share a folder'],
    ['{year}', 'there is no placeholder {year}'],
    ['{yyyy}{MM}{dd}{HH}{mm}}', 'a brace stands alone'],
    ['/{yyyy}{MM}{dd}{HH}{mm}', 'a folder is empty or made of dots'],
    ['a/../{yyyy}{MM}{dd}{HH}{mm}', 'a folder is empty or made of dots'],
    ['{yyyy}{MM}{dd}{HH}{mm}/', 'a folder is empty or made of dots'],
    ['a\\{yyyy}{MM}{dd}{HH}{mm}', 'it has a control character, a backslash or broken text'],
  ])('%s: %s', (template, fault) => {
    expect(checkTemplate(template)).toBe(fault);
  });
});
