"""Binary glTF: meshes, rigs and cameras in one file."""
