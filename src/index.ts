// Entry point of the function app: loading it registers every function. Nothing else is exported.
import './functions/durable.js';
import './functions/events/storage-events.js';
import './functions/http/register.js';
import './functions/timers/purge.js';
import './functions/timers/schedule.js';
import './functions/timers/replication-due.js';
import './functions/timers/supervise.js';
