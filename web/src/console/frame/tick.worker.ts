// Ticks once a second. A worker's timers keep their pace in a hidden tab, where
// a page's own come once a minute: too rarely for the heartbeat.
setInterval(() => postMessage(0), 1000);
