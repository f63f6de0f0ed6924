/** error: the cloud refuses it, or each server of it (`Rule.atBoot`) · warning: accepted, hurts later · information, hint: worth knowing. */
export type Severity = 'error' | 'warning' | 'information' | 'hint';
