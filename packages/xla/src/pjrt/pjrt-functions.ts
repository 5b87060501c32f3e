import type { Fields } from './c-struct.js';

const ERROR = { error: 'pointer' } as const;
const EVENT = { event: 'pointer' } as const;
const CLIENT = { client: 'pointer' } as const;
const DESCRIPTION = { device_description: 'pointer' } as const;
const DEVICE = { device: 'pointer' } as const;
const EXECUTABLE = { executable: 'pointer' } as const;
const BUFFER = { buffer: 'pointer' } as const;
const TOPOLOGY = { topology: 'pointer' } as const;
/** A function that this package does not call, of which only the place counts. */
const UNUSED = {} as const;

/**
 * The functions of `PJRT_Api` in their order, each with the fields of its arguments after `struct_size` and
 * `extension_start`, as pjrt_c_api.h declares them. New functions are only ever added at the end, and new fields at the
 * end of a struct. All return a `PJRT_Error *`, those of errors themselves but the code nothing.
 */
export const FUNCTIONS = {
  PJRT_Error_Destroy: ERROR,
  PJRT_Error_Message: { ...ERROR, message: 'pointer', message_size: 'size' },
  PJRT_Error_GetCode: { ...ERROR, code: 'int' },
  PJRT_Plugin_Initialize: {},
  PJRT_Plugin_Attributes: { attributes: 'pointer', num_attributes: 'size' },
  PJRT_Event_Destroy: EVENT,
  PJRT_Event_IsReady: { ...EVENT, is_ready: 'bool' },
  PJRT_Event_Error: EVENT,
  PJRT_Event_Await: EVENT,
  PJRT_Event_OnReady: UNUSED,
  PJRT_Client_Create: {
    create_options: 'pointer',
    num_options: 'size',
    kv_get_callback: 'pointer',
    kv_get_user_arg: 'pointer',
    kv_put_callback: 'pointer',
    kv_put_user_arg: 'pointer',
    client: 'pointer',
    kv_try_get_callback: 'pointer',
    kv_try_get_user_arg: 'pointer',
  },
  PJRT_Client_Destroy: CLIENT,
  PJRT_Client_PlatformName: { ...CLIENT, platform_name: 'pointer', platform_name_size: 'size' },
  PJRT_Client_ProcessIndex: { ...CLIENT, process_index: 'int' },
  PJRT_Client_PlatformVersion: { ...CLIENT, platform_version: 'pointer', platform_version_size: 'size' },
  PJRT_Client_Devices: { ...CLIENT, devices: 'pointer', num_devices: 'size' },
  PJRT_Client_AddressableDevices: { ...CLIENT, addressable_devices: 'pointer', num_addressable_devices: 'size' },
  PJRT_Client_LookupDevice: UNUSED,
  PJRT_Client_LookupAddressableDevice: UNUSED,
  PJRT_Client_AddressableMemories: UNUSED,
  PJRT_Client_Compile: {
    ...CLIENT,
    program: 'pointer',
    compile_options: 'pointer',
    compile_options_size: 'size',
    executable: 'pointer',
  },
  PJRT_Client_DefaultDeviceAssignment: UNUSED,
  PJRT_Client_BufferFromHostBuffer: {
    ...CLIENT,
    data: 'pointer',
    type: 'int',
    dims: 'pointer',
    num_dims: 'size',
    byte_strides: 'pointer',
    num_byte_strides: 'size',
    host_buffer_semantics: 'int',
    device: 'pointer',
    memory: 'pointer',
    device_layout: 'pointer',
    done_with_host_buffer: 'pointer',
    buffer: 'pointer',
  },
  PJRT_DeviceDescription_Id: { ...DESCRIPTION, id: 'int' },
  PJRT_DeviceDescription_ProcessIndex: { ...DESCRIPTION, process_index: 'int' },
  PJRT_DeviceDescription_Attributes: { ...DESCRIPTION, num_attributes: 'size', attributes: 'pointer' },
  PJRT_DeviceDescription_Kind: { ...DESCRIPTION, device_kind: 'pointer', device_kind_size: 'size' },
  PJRT_DeviceDescription_DebugString: UNUSED,
  PJRT_DeviceDescription_ToString: UNUSED,
  PJRT_Device_GetDescription: { ...DEVICE, device_description: 'pointer' },
  PJRT_Device_IsAddressable: { ...DEVICE, is_addressable: 'bool' },
  PJRT_Device_LocalHardwareId: { ...DEVICE, local_hardware_id: 'int' },
  PJRT_Device_AddressableMemories: UNUSED,
  PJRT_Device_DefaultMemory: UNUSED,
  PJRT_Device_MemoryStats: {
    ...DEVICE,
    bytes_in_use: 'int64',
    peak_bytes_in_use: 'int64',
    peak_bytes_in_use_is_set: 'bool',
    num_allocs: 'int64',
    num_allocs_is_set: 'bool',
    largest_alloc_size: 'int64',
    largest_alloc_size_is_set: 'bool',
    bytes_limit: 'int64',
    bytes_limit_is_set: 'bool',
    bytes_reserved: 'int64',
    bytes_reserved_is_set: 'bool',
    peak_bytes_reserved: 'int64',
    peak_bytes_reserved_is_set: 'bool',
    bytes_reservable_limit: 'int64',
    bytes_reservable_limit_is_set: 'bool',
    largest_free_block_bytes: 'int64',
    largest_free_block_bytes_is_set: 'bool',
    pool_bytes: 'int64',
    pool_bytes_is_set: 'bool',
    peak_pool_bytes: 'int64',
    peak_pool_bytes_is_set: 'bool',
  },
  PJRT_Memory_Id: UNUSED,
  PJRT_Memory_Kind: UNUSED,
  PJRT_Memory_DebugString: UNUSED,
  PJRT_Memory_ToString: UNUSED,
  PJRT_Memory_AddressableByDevices: UNUSED,
  PJRT_Executable_Destroy: EXECUTABLE,
  PJRT_Executable_Name: { ...EXECUTABLE, executable_name: 'pointer', executable_name_size: 'size' },
  PJRT_Executable_NumReplicas: { ...EXECUTABLE, num_replicas: 'size' },
  PJRT_Executable_NumPartitions: { ...EXECUTABLE, num_partitions: 'size' },
  PJRT_Executable_NumOutputs: { ...EXECUTABLE, num_outputs: 'size' },
  PJRT_Executable_SizeOfGeneratedCodeInBytes: UNUSED,
  PJRT_Executable_GetCostAnalysis: { ...EXECUTABLE, num_properties: 'size', properties: 'pointer' },
  PJRT_Executable_OutputMemoryKinds: UNUSED,
  PJRT_Executable_OptimizedProgram: { ...EXECUTABLE, program: 'pointer' },
  PJRT_Executable_Serialize: {
    ...EXECUTABLE,
    serialized_bytes: 'pointer',
    serialized_bytes_size: 'size',
    serialized_executable: 'pointer',
    serialized_executable_deleter: 'pointer',
  },
  PJRT_LoadedExecutable_Destroy: EXECUTABLE,
  PJRT_LoadedExecutable_GetExecutable: { loaded_executable: 'pointer', ...EXECUTABLE },
  PJRT_LoadedExecutable_AddressableDevices: {
    ...EXECUTABLE,
    addressable_devices: 'pointer',
    num_addressable_devices: 'size',
  },
  PJRT_LoadedExecutable_Delete: UNUSED,
  PJRT_LoadedExecutable_IsDeleted: UNUSED,
  PJRT_LoadedExecutable_Execute: {
    ...EXECUTABLE,
    options: 'pointer',
    argument_lists: 'pointer',
    num_devices: 'size',
    num_args: 'size',
    output_lists: 'pointer',
    device_complete_events: 'pointer',
    execute_device: 'pointer',
  },
  PJRT_Executable_DeserializeAndLoad: {
    ...CLIENT,
    serialized_executable: 'pointer',
    serialized_executable_size: 'size',
    loaded_executable: 'pointer',
    overridden_serialized_compile_options: 'pointer',
    overridden_serialized_compile_options_size: 'size',
  },
  PJRT_LoadedExecutable_Fingerprint: UNUSED,
  PJRT_Buffer_Destroy: BUFFER,
  PJRT_Buffer_ElementType: { ...BUFFER, type: 'int' },
  PJRT_Buffer_Dimensions: { ...BUFFER, dims: 'pointer', num_dims: 'size' },
  PJRT_Buffer_UnpaddedDimensions: UNUSED,
  PJRT_Buffer_DynamicDimensionIndices: UNUSED,
  PJRT_Buffer_GetMemoryLayout: UNUSED,
  PJRT_Buffer_OnDeviceSizeInBytes: { ...BUFFER, on_device_size_in_bytes: 'size' },
  PJRT_Buffer_Device: { ...BUFFER, device: 'pointer' },
  PJRT_Buffer_Memory: UNUSED,
  PJRT_Buffer_Delete: UNUSED,
  PJRT_Buffer_IsDeleted: UNUSED,
  PJRT_Buffer_CopyToDevice: { ...BUFFER, dst_device: 'pointer', dst_buffer: 'pointer' },
  PJRT_Buffer_ToHostBuffer: {
    src: 'pointer',
    host_layout: 'pointer',
    dst: 'pointer',
    dst_size: 'size',
    event: 'pointer',
  },
  PJRT_Buffer_IsOnCpu: UNUSED,
  PJRT_Buffer_ReadyEvent: { ...BUFFER, event: 'pointer' },
  PJRT_Buffer_UnsafePointer: { ...BUFFER, buffer_pointer: 'pointer' },
  PJRT_Buffer_IncreaseExternalReferenceCount: UNUSED,
  PJRT_Buffer_DecreaseExternalReferenceCount: UNUSED,
  PJRT_Buffer_OpaqueDeviceMemoryDataPointer: UNUSED,
  PJRT_CopyToDeviceStream_Destroy: UNUSED,
  PJRT_CopyToDeviceStream_AddChunk: UNUSED,
  PJRT_CopyToDeviceStream_TotalBytes: UNUSED,
  PJRT_CopyToDeviceStream_GranuleSize: UNUSED,
  PJRT_CopyToDeviceStream_CurrentBytes: UNUSED,
  PJRT_TopologyDescription_Create: {
    topology_name: 'pointer',
    topology_name_size: 'size',
    create_options: 'pointer',
    num_options: 'size',
    topology: 'pointer',
  },
  PJRT_TopologyDescription_Destroy: TOPOLOGY,
  PJRT_TopologyDescription_PlatformName: { ...TOPOLOGY, platform_name: 'pointer', platform_name_size: 'size' },
  PJRT_TopologyDescription_PlatformVersion: UNUSED,
  PJRT_TopologyDescription_GetDeviceDescriptions: { ...TOPOLOGY, descriptions: 'pointer', num_descriptions: 'size' },
  PJRT_TopologyDescription_Serialize: UNUSED,
  PJRT_TopologyDescription_Attributes: { ...TOPOLOGY, attributes: 'pointer', num_attributes: 'size' },
  PJRT_Compile: {
    ...TOPOLOGY,
    program: 'pointer',
    compile_options: 'pointer',
    compile_options_size: 'size',
    client: 'pointer',
    executable: 'pointer',
  },
  PJRT_Executable_OutputElementTypes: { ...EXECUTABLE, output_types: 'pointer', num_output_types: 'size' },
  PJRT_Executable_OutputDimensions: {
    ...EXECUTABLE,
    num_outputs: 'size',
    dims: 'pointer',
    dim_sizes: 'pointer',
  },
  PJRT_Buffer_CopyToMemory: UNUSED,
  PJRT_Client_CreateViewOfDeviceBuffer: UNUSED,
  PJRT_Executable_Fingerprint: {
    ...EXECUTABLE,
    executable_fingerprint: 'pointer',
    executable_fingerprint_size: 'size',
  },
  PJRT_Client_TopologyDescription: { ...CLIENT, topology: 'pointer' },
  PJRT_Executable_GetCompiledMemoryStats: {
    ...EXECUTABLE,
    generated_code_size_in_bytes: 'int64',
    argument_size_in_bytes: 'int64',
    output_size_in_bytes: 'int64',
    alias_size_in_bytes: 'int64',
    temp_size_in_bytes: 'int64',
    host_generated_code_size_in_bytes: 'int64',
    host_argument_size_in_bytes: 'int64',
    host_output_size_in_bytes: 'int64',
    host_alias_size_in_bytes: 'int64',
    host_temp_size_in_bytes: 'int64',
    peak_memory_in_bytes: 'int64',
  },
} as const satisfies Record<string, Fields>;

/** A function of `PJRT_Api` that this package may call. */
export type PjrtFunction = keyof typeof FUNCTIONS;

/** `PJRT_KeyValueGetCallback_Args`: what a plug-in asks a store of ours; the last three are for us to write. */
export const KEY_VALUE_GET = {
  struct_size: 'size',
  extension_start: 'pointer',
  key: 'pointer',
  key_size: 'size',
  timeout_in_ms: 'int',
  callback_error: 'pointer',
  user_arg: 'pointer',
  value: 'pointer',
  value_size: 'size',
  value_deleter_callback: 'pointer',
} as const satisfies Fields;

/** `PJRT_KeyValueTryGetCallback_Args`. */
export const KEY_VALUE_TRY_GET = {
  struct_size: 'size',
  extension_start: 'pointer',
  key: 'pointer',
  key_size: 'size',
  callback_error: 'pointer',
  user_arg: 'pointer',
  value: 'pointer',
  value_size: 'size',
  value_deleter_callback: 'pointer',
} as const satisfies Fields;

/** `PJRT_KeyValuePutCallback_Args`. */
export const KEY_VALUE_PUT = {
  struct_size: 'size',
  extension_start: 'pointer',
  key: 'pointer',
  key_size: 'size',
  value: 'pointer',
  value_size: 'size',
  callback_error: 'pointer',
  user_arg: 'pointer',
} as const satisfies Fields;

/** `PJRT_Program`: a program, in or out. */
export const PROGRAM = {
  struct_size: 'size',
  extension_start: 'pointer',
  code: 'pointer',
  code_size: 'size',
  format: 'pointer',
  format_size: 'size',
} as const satisfies Fields;

/** `PJRT_ExecuteOptions`, up to the last field used here. */
export const EXECUTE_OPTIONS = {
  struct_size: 'size',
  extension_start: 'pointer',
  send_callbacks: 'pointer',
  recv_callbacks: 'pointer',
  num_send_ops: 'size',
  num_recv_ops: 'size',
  launch_id: 'int',
  non_donatable_input_indices: 'pointer',
  num_non_donatable_input_indices: 'size',
} as const satisfies Fields;

/** `PJRT_Buffer_MemoryLayout` whose kind is tiled. */
export const TILED_LAYOUT = {
  struct_size: 'size',
  extension_start: 'pointer',
  tiled_struct_size: 'size',
  tiled_extension_start: 'pointer',
  minor_to_major: 'pointer',
  minor_to_major_size: 'size',
  tile_dims: 'pointer',
  tile_dim_sizes: 'pointer',
  num_tiles: 'size',
  type: 'int',
} as const satisfies Fields;

/** `PJRT_NamedValue` whose value is a pointer or an integer; smaller ones are the first bytes of it. */
export const NAMED_VALUE = {
  struct_size: 'size',
  extension_start: 'pointer',
  name: 'pointer',
  name_size: 'size',
  type: 'int',
  value: 'int64',
  value_size: 'size',
} as const satisfies Fields;
