import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType, cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

interface LayerConfig {
  readonly forbidden: IForbiddenRuleType[];
  readonly options: ICruiseOptions;
}

/** The project's own rules, as `npm run layers` uses them. */
export const layerConfig = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as LayerConfig;

/** Cruises `src` below `root` with these rules. Run-time imports only, unless `typeImports`. */
export async function cruiseSources(
  root: string,
  forbidden: IForbiddenRuleType[],
  typeImports = false,
): Promise<ICruiseResult> {
  const { output } = await cruise(
    ['src'],
    {
      ...layerConfig.options,
      tsPreCompilationDeps: typeImports,
      baseDir: resolve(root),
      validate: true,
      ruleSet: { forbidden },
    },
    undefined,
    { tsConfig: extractTSConfig('tsconfig.json') },
  );
  if (typeof output === 'string') throw new Error('dependency-cruiser gave text instead of a result');
  return output;
}
