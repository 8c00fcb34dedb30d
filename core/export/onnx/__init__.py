"""What writes ONNX: modules as local functions, weights as initializers, checked by onnxruntime."""
