import { describe, expect, it } from 'vitest';
import type { Location } from '../../../src/job/account.js';
import { analyseRule } from '../../../src/plan/rule-analysis.js';

function at(text: string): Location {
  const [account = '', container = '', ...rest] = text.split('/');
  return { account, container, prefix: rest.join('/') };
}

function rule(name: string, source: string, ...targets: string[]) {
  return { name, source: at(source), targets: targets.map(at) };
}

describe('analyseRule', () => {
  it.each([
    ['its own container', 'a/data/', 'a/data/'],
    ['a folder of its source', 'a/data/', 'a/data/copies/'],
    ['the container around its source', 'a/data/in/', 'a/data/'],
  ])('refuses a rule that writes into %s', (_, source, target) => {
    const { problems } = analyseRule(rule('r', source, 'b/data/', target), []);
    expect(problems.map(({ code }) => code)).toContain('overwrites-own-source');
    expect(problems[0]?.detail).toContain('rule r would write into its own source');
  });

  it('permits another folder of the same container', () => {
    expect(analyseRule(rule('r', 'a/data/in/', 'a/data/out/'), [])).toEqual({ problems: [], notes: [] });
  });

  it('refuses targets that lie within one another', () => {
    const { problems } = analyseRule(rule('r', 'a/data/', 'b/data/', 'b/data/x/'), []);
    expect(problems.map(({ code }) => code)).toEqual(['targets-overlap']);
  });

  it('permits two rules that go back and forth, and tells of it', () => {
    const { problems, notes } = analyseRule(rule('there', 'a/data/', 'b/data/'), [
      rule('back', 'b/data/', 'a/data/'),
    ]);
    expect(problems).toEqual([]);
    expect(notes).toContainEqual({ code: 'cycle', rules: ['there', 'back'] });
  });

  it('permits a longer cycle over a part of the names', () => {
    const others = [rule('bc', 'b/data/x/', 'c/data/x/'), rule('ca', 'c/data/', 'a/data/')];
    const { problems, notes } = analyseRule(rule('ab', 'a/data/', 'b/data/'), others);
    expect(problems).toEqual([]);
    expect(notes).toContainEqual({ code: 'cycle', rules: ['ab', 'bc', 'ca'] });
  });

  it('refuses a cycle that brings objects back under other names', () => {
    const { problems } = analyseRule(rule('there', 'a/data/', 'b/data/copy/'), [
      rule('back', 'b/data/', 'a/data/'),
    ]);
    expect(problems.map(({ code }) => code)).toEqual(['cycle-moves-names']);
    expect(problems[0]?.detail).toContain('there, back');
  });

  it('compares a rule with others, not with the one that it replaces', () => {
    const before = rule('r', 'b/data/', 'a/data/');
    expect(analyseRule(rule('r', 'a/data/', 'b/data/'), [before])).toEqual({ problems: [], notes: [] });
  });

  it('tells of chains in both directions', () => {
    const others = [rule('after', 'b/data/', 'c/data/'), rule('before', 'c/in/', 'a/data/')];
    const { notes } = analyseRule(rule('r', 'a/data/', 'b/data/'), others);
    expect(notes).toEqual([
      { code: 'chain', rules: ['r', 'after'] },
      { code: 'chain', rules: ['before', 'r'] },
    ]);
  });

  it('tells of two rules that write to the same place', () => {
    const { notes } = analyseRule(rule('r', 'a/data/', 'c/data/'), [rule('other', 'b/data/', 'c/data/x/')]);
    expect(notes).toEqual([{ code: 'shared-target', rules: ['r', 'other'] }]);
  });

  it('finds no cycle where the folders do not meet', () => {
    const others = [rule('back', 'b/data/other/', 'a/data/')];
    const { problems, notes } = analyseRule(rule('r', 'a/data/', 'b/data/one/'), others);
    expect(problems).toEqual([]);
    expect(notes).toEqual([{ code: 'chain', rules: ['back', 'r'] }]);
  });

  it('ends with rules among which there is a cycle without the new one', () => {
    const others = [rule('bc', 'b/data/', 'c/data/'), rule('cb', 'c/data/', 'b/data/')];
    const { problems } = analyseRule(rule('ab', 'a/data/', 'b/data/'), others);
    expect(problems).toEqual([]);
  });
});
