/** The plug-ins that can be installed, by the devices they drive. */
export type PluginKind = 'cpu' | 'cuda12' | 'cuda13' | 'rocm';
