declare module 'unbzip2-stream' {
  /** A stream of the old kind that undoes bzip2. */
  function unbzip2(): NodeJS.ReadWriteStream;
  export = unbzip2;
}
