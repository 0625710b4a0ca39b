// The people from the picture's camera: each seen by the pinhole camera of the fit, on a 2D canvas.
import { PerspectiveCamera, Vector3 } from "three";

const NEAR = 0.05;
const FAR = 1000;

/**
 * Draw each person by the camera of their fit.
 *
 * canvas: 2D, with the size of the drawing.
 * box: the part of the picture to show, {x, y, width, height} in the picture's pixels.
 * people: by index, {camera: {fx, fy, cx, cy}, pelvis: [x, y, z] in the camera's frame (y down, z forward)}.
 */
export function drawPicture(renderer, scene, meshes, canvas, box, people) {
  const before = renderer.getPixelRatio();
  const target = canvas.getContext("2d");
  target.clearRect(0, 0, canvas.width, canvas.height);
  renderer.setPixelRatio(1);
  renderer.setSize(canvas.width, canvas.height, false);
  const distance = (mesh) => people.get(mesh.userData.index).pelvis[2];
  for (const mesh of meshes.toSorted((a, b) => distance(b) - distance(a))) {
    for (const other of meshes) other.visible = other === mesh;
    renderer.render(scene, cameraOf(people.get(mesh.userData.index), mesh, box));
    target.drawImage(renderer.domElement, 0, 0);
  }
  for (const mesh of meshes) mesh.visible = true;
  renderer.setPixelRatio(before);
}

function cameraOf({ camera, pelvis }, mesh, box) {
  const eye = new PerspectiveCamera();
  const { fx, fy, cx, cy } = camera;
  const left = (box.x - cx) / fx;
  const right = (box.x + box.width - cx) / fx;
  const top = (cy - box.y) / fy;
  const bottom = (cy - box.y - box.height) / fy;
  const at = (edge) => edge * NEAR;
  eye.projectionMatrix.makePerspective(at(left), at(right), at(top), at(bottom), NEAR, FAR);
  eye.projectionMatrixInverse.copy(eye.projectionMatrix).invert();
  // People without a common camera were moved apart; their cameras go with them.
  const shown = mesh.skeleton.bones[0].getWorldPosition(new Vector3());
  eye.position.copy(shown).sub(new Vector3(pelvis[0], -pelvis[1], -pelvis[2]));
  eye.updateMatrixWorld(true);
  return eye;
}
