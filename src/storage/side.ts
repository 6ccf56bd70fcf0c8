/** Which end of a copy a store is; error codes name it. */
export type Side = 'source' | 'destination';
