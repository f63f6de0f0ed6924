/** error: the cloud refuses it · warning: accepted, hurts later · information, hint: worth knowing. */
export type Severity = 'error' | 'warning' | 'information' | 'hint';
