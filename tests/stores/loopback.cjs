// Loaded before a server that cannot be told an address to listen on: a port alone means this machine only.
const { Server } = require("node:net");

const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, typeof port === "number" ? { port, host: "127.0.0.1" } : port, ...rest);
};
