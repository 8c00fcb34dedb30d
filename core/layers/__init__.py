"""The layers that ship: one class a layer, one file a family; importing this package fills `LAYERS`."""
