/** Closing words, in our own: worth knowing, and no reason to stop (DECISIONS 20). */
export const closingNotes = {
  import: [
    'The uploaded disk stays in its container and is charged there until you delete it; the image does not need it.',
  ],
  export: [
    'The exported object and its segments are charged at the rates of Cloud Files until you delete them; a download also at those of outgoing bandwidth.',
  ],
  transfer: [
    'The new image has its own UUID and checksum. Servers built from it begin at the infrastructure service level:',
    'order managed service, monitoring, backups and schedules of images for them again in the new region.',
  ],
} as const;
