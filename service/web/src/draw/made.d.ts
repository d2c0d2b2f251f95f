// Files whose import is their address.
declare module "made:*" {
  const address: string;
  export default address;
}
declare module "*.topojson" {
  const address: string;
  export default address;
}
