/* A shared library that is no plugin. */
int assay_not_a_plugin(void);
int assay_not_a_plugin(void) { return 0; }
