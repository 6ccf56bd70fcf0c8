// Preloaded by every process of ours: stacks name our own files and lines. Of packages no map is read: those of the SDKs
// would lie in the memory of the functions host for as long as it lives.
import nodeModule from 'node:module';

if ('setSourceMapsSupport' in nodeModule) {
  nodeModule.setSourceMapsSupport(true, { nodeModules: false });
} else {
  // Before Node 22.14 there is no choice.
  process.setSourceMapsEnabled(true);
}
